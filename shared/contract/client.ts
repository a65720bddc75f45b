// The engine as a face sees it, over whichever transport: calls find their answers, every answer and event is checked
// against the contract, events are acknowledged when the listener has had them.

import {
  type Abortable,
  CALLS,
  type CallName,
  type CallParams,
  type CallResult,
  type Client,
  EVENTS,
  type EventName,
  type EventParams,
  type EventPayload,
  type Failure,
  type FailureCode,
  messageSchema,
  type Transport,
} from './service.ts';

/** A call that could not be done; `failure` says why. */
export class CallError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.text);
    this.name = 'CallError';
    this.failure = failure;
  }
}

const failed = (code: FailureCode, text: string): CallError => new CallError({ code, params: {}, text });

interface Pending {
  readonly name: CallName;
  readonly done: (result: unknown) => void;
  readonly failed: (error: CallError) => void;
}

interface Listening {
  readonly name: EventName;
  readonly listener: (payload: never) => void;
  readonly failed: ((failure: Failure) => void) | undefined;
}

export function createClient(transport: Transport): Client {
  let ids = 0;
  let isClosed = false;
  const pending = new Map<number, Pending>();
  const listening = new Map<number, Listening>();

  const onResult = (id: number, result: unknown): void => {
    const call = pending.get(id);
    if (call === undefined) return;
    pending.delete(id);
    const checked = CALLS[call.name].result.safeParse(result);
    if (checked.success) call.done(checked.data);
    else call.failed(failed('defect', `The answer to ${call.name} does not keep the contract.`));
  };

  const onFailure = (id: number, failure: Failure): void => {
    const call = pending.get(id);
    pending.delete(id);
    call?.failed(new CallError(failure));
    const listener = listening.get(id);
    listening.delete(id);
    listener?.failed?.(failure);
  };

  const onEvent = (id: number, payload: unknown): void => {
    const to = listening.get(id);
    if (to === undefined) return;
    const checked = EVENTS[to.name].payload.safeParse(payload);
    try {
      if (checked.success) to.listener(checked.data as never);
      else to.failed?.({ code: 'defect', params: {}, text: `An event ${to.name} does not keep the contract.` });
    } finally {
      if (!isClosed) transport.send({ type: 'ack', id });
    }
  };

  transport.onMessage((raw) => {
    const message = messageSchema.safeParse(raw);
    if (!message.success) return;
    const { data } = message;
    if (data.type === 'result') onResult(data.id, data.result);
    else if (data.type === 'failure') onFailure(data.id, data.failure);
    else if (data.type === 'event') onEvent(data.id, data.payload);
  });
  transport.onClose(() => {
    isClosed = true;
    const calls = [...pending.values()];
    const listeners = [...listening.values()];
    pending.clear();
    listening.clear();
    const gone = failed('engine-gone', 'The connection to the engine ended.');
    for (const call of calls) call.failed(gone);
    for (const listener of listeners) listener.failed?.(gone.failure);
  });

  return {
    call<N extends CallName>(name: N, params: CallParams<N>, signal?: Abortable): Promise<CallResult<N>> {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(failed('cancelled', 'The call was cancelled.'));
        if (isClosed) return reject(failed('engine-gone', 'The connection to the engine ended.'));
        const id = ++ids;
        const cancel = (): void => {
          if (!pending.delete(id)) return;
          transport.send({ type: 'cancel', id });
          reject(failed('cancelled', 'The call was cancelled.'));
        };
        const settled = (): void => signal?.removeEventListener('abort', cancel);
        pending.set(id, {
          name,
          done: (result) => {
            settled();
            resolve(result as CallResult<N>);
          },
          failed: (error) => {
            settled();
            reject(error);
          },
        });
        signal?.addEventListener('abort', cancel);
        transport.send({ type: 'call', id, name, params });
      });
    },
    on<N extends EventName>(
      name: N,
      params: EventParams<N>,
      listener: (payload: EventPayload<N>) => void,
      onFailed?: (failure: Failure) => void,
    ): () => void {
      if (isClosed) return () => {};
      const id = ++ids;
      listening.set(id, { name, listener, failed: onFailed });
      transport.send({ type: 'subscribe', id, name, params });
      return () => {
        if (listening.delete(id) && !isClosed) transport.send({ type: 'unsubscribe', id });
      };
    },
  };
}
