// How a decoder says that it could not go on. Bad bytes are data: a decoder never throws, and a message that stops
// decoding keeps what was read before.

/** Who said that there are no more bytes. Cut by the capture and malformed on the wire are different facts. */
export type LimitedBy =
  /** The capture holds fewer bytes than were sent. Says nothing about the sender. */
  | 'capture'
  /** A length or count inside the message contradicts the bytes around it: malformed. */
  | 'length-field'
  /** The enclosing packet, record or message ends here: malformed, or the rest is still to come in a stream. */
  | 'record';

export interface DecodeError {
  /** What was being read, such as `dns` or `tls.client-hello`. */
  readonly layer: string;
  /** Where it stopped, from the start of the message. */
  readonly offset: number;
  readonly needed: number;
  readonly available: number;
  readonly limitedBy: LimitedBy;
}

export type Result<T> = T | DecodeError;

export function isDecodeError(value: object): value is DecodeError {
  return 'limitedBy' in value;
}
