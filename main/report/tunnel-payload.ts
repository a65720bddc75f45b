// The first messages of VPNs and shells. That they are known by their form is the evidence; who they are of stands in
// what is random or encrypted in them: session numbers, keys, hashes over addresses (RFC 7296 §2.23), names of hosts and
// programs. So the form stays, byte for byte, and all else becomes zeros.

import { datagramProtocol, streamProtocol, type TunnelProtocol } from '../wire/first-payload.ts';
import type { PayloadPlan } from './payload-plan.ts';

/** Bytes of a message that its form needs, from its start. */
interface Form {
  readonly stays: readonly (readonly [from: number, to: number])[];
  /** Numbers that may be anything but zero. */
  readonly numbers: readonly (readonly [from: number, to: number])[];
}

const FORMS: Readonly<Record<TunnelProtocol, Form>> = {
  wireguard: { stays: [[0, 4]], numbers: [] },
  openvpn: { stays: [[0, 1]], numbers: [[1, 9]] },
  ike: { stays: [[16, 28]], numbers: [[0, 8]] },
  l2tp: { stays: [[0, 20]], numbers: [] },
  ssh: { stays: [[0, 8]], numbers: [] },
};
/** Where OpenVPN's replay number may stand: behind the HMAC of tls-auth, or right behind the session with tls-crypt. */
const REPLAY_NUMBERS = [9, 25, 29, 41, 73];
/** Before IKE over port 4500 (RFC 3948 §2.2), and before each message of OpenVPN over TCP. */
const MARK = 4;
const FRAMING = 2;

/** Null: no such message. */
export function planTunnelDatagram(bytes: Uint8Array, start: number, end: number): PayloadPlan | null {
  const protocol = datagramProtocol(bytes, start, end);
  if (protocol === null) return null;
  const isMarked = protocol === 'ike' && bytes.subarray(start, start + MARK).every((byte) => byte === 0);
  return reduced(protocol, bytes.subarray(start, end), isMarked ? MARK : 0);
}

/** Of the client's direction, whose beginning is here. */
export function planTunnelStream(bytes: Uint8Array, length: number): PayloadPlan | null {
  if (length < 8) return null;
  // Program and version follow, which tell computers apart
  if (streamProtocol(bytes, 0, length) === 'ssh') return { keep: FORMS.ssh.stays[0]![1], edits: [] };
  const end = FRAMING + ((bytes[0]! << 8) | bytes[1]!);
  if (end > length || streamProtocol(bytes, 0, end) !== 'openvpn') return null;
  return reduced('openvpn', bytes.subarray(0, end), FRAMING);
}

function reduced(protocol: TunnelProtocol, message: Uint8Array, form: number): PayloadPlan {
  const made = new Uint8Array(message.length);
  const { stays, numbers } = FORMS[protocol];
  made.set(message.subarray(0, form));
  for (const [from, to] of stays) made.set(message.subarray(form + from, form + to), form + from);
  for (const [from, to] of numbers) made.fill(1, form + from, form + to);
  if (protocol === 'openvpn') {
    for (const at of REPLAY_NUMBERS) {
      const number = message.subarray(form + at, form + at + 4);
      if (number.length === 4 && number.every((byte, index) => byte === (index === 3 ? 1 : 0))) {
        made.set(number, form + at);
      }
    }
  }
  return { keep: message.length, edits: [{ at: 0, bytes: made }] };
}
