// One face at the other end of a transport. Whatever arrives is checked before it is believed; what cannot be done is
// answered, what makes no sense at all is ignored.

import {
  CALLS,
  type CallName,
  EVENTS,
  type EventName,
  type EventParams,
  type FailureCode,
  type Message,
  messageSchema,
  type Transport,
} from '../../shared/contract/service.ts';
import { failureOf, ServiceFailure } from './failures.ts';
import { Listener } from './listeners.ts';
import type { Service } from './service.ts';

/** Calls of one face that are under way, and events it listens to. */
const MAX_CALLS = 64;
const MAX_LISTENERS = 256;

export class Connection {
  readonly #service: Service;
  readonly #transport: Transport;
  readonly #calls = new Map<number, AbortController>();
  readonly #listeners = new Map<number, { readonly listener: Listener; readonly leave: () => void }>();
  #isClosed = false;

  constructor(service: Service, transport: Transport, onClose: () => void) {
    this.#service = service;
    this.#transport = transport;
    transport.onMessage((raw) => this.#on(raw));
    transport.onClose(() => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      for (const stop of this.#calls.values()) stop.abort();
      for (const { listener, leave } of this.#listeners.values()) {
        leave();
        listener.stop();
      }
      this.#listeners.clear();
      onClose();
    });
  }

  close(): void {
    this.#transport.close();
  }

  #send(message: Message): void {
    if (!this.#isClosed) this.#transport.send(message);
  }

  #fail(id: number, code: FailureCode, params: Record<string, string | number> = {}): void {
    this.#send({ type: 'failure', id, failure: failureOf(code, params) });
  }

  #on(raw: unknown): void {
    const read = messageSchema.safeParse(raw);
    if (!read.success) return;
    const message = read.data;
    switch (message.type) {
      case 'call':
        void this.#call(message.id, message.name, message.params);
        return;
      case 'cancel':
        this.#calls.get(message.id)?.abort();
        return;
      case 'subscribe':
        this.#subscribe(message.id, message.name, message.params);
        return;
      case 'unsubscribe':
        this.#unsubscribe(message.id);
        return;
      case 'ack':
        this.#listeners.get(message.id)?.listener.acknowledged();
    }
  }

  async #call(id: number, name: string, params: unknown): Promise<void> {
    if (!Object.hasOwn(CALLS, name)) return this.#fail(id, 'unknown-call', { name });
    if (this.#calls.has(id)) return this.#fail(id, 'bad-request', { what: 'id' });
    if (this.#calls.size >= MAX_CALLS) return this.#fail(id, 'too-many', { limit: MAX_CALLS });
    const checked = CALLS[name as CallName].params.safeParse(params);
    if (!checked.success) return this.#fail(id, 'bad-request', { what: where(checked.error.issues) });
    const stop = new AbortController();
    this.#calls.set(id, stop);
    try {
      const caller = { connection: this, signal: stop.signal };
      const result = await this.#service.call(name as CallName, checked.data, caller);
      if (stop.signal.aborted) this.#fail(id, 'cancelled');
      else this.#send({ type: 'result', id, result });
    } catch (error) {
      if (error instanceof ServiceFailure) this.#send({ type: 'failure', id, failure: error.failure });
      else this.#fail(id, 'defect');
    } finally {
      this.#calls.delete(id);
    }
  }

  #subscribe(id: number, name: string, params: unknown): void {
    try {
      const entry = this.#listen(id, ...this.#wanted(id, name, params));
      this.#listeners.set(id, entry);
      entry.listener.due();
    } catch (error) {
      if (error instanceof ServiceFailure) this.#send({ type: 'failure', id, failure: error.failure });
      else this.#fail(id, 'defect');
    }
  }

  #wanted(id: number, name: string, params: unknown): [EventName, unknown] {
    if (!Object.hasOwn(EVENTS, name)) throw new ServiceFailure('unknown-call', { name });
    if (this.#listeners.has(id)) throw new ServiceFailure('bad-request', { what: 'id' });
    if (this.#listeners.size >= MAX_LISTENERS) throw new ServiceFailure('too-many', { limit: MAX_LISTENERS });
    const checked = EVENTS[name as EventName].params.safeParse(params);
    if (!checked.success) throw new ServiceFailure('bad-request', { what: where(checked.error.issues) });
    return [name as EventName, checked.data];
  }

  #listen(id: number, name: EventName, params: unknown): { listener: Listener; leave: () => void } {
    const service = this.#service;
    const send = (payload: unknown): void => this.#send({ type: 'event', id, payload });
    switch (name) {
      case 'captures.changed': {
        const listener = new Listener(() => ({ captures: service.captures() }), send);
        return { listener, leave: service.watchList(listener) };
      }
      case 'open.requested': {
        const next = (): unknown => {
          const paths = service.takeRequested();
          return paths.length === 0 ? null : { paths };
        };
        const listener = new Listener(next, send);
        return { listener, leave: service.watchOpen(listener) };
      }
      case 'capture.update': {
        const { capture, add } = service.watch((params as EventParams<'capture.update'>).capture);
        let version = 0;
        let sequence = 0;
        const listener = new Listener(() => {
          if (capture.version <= version) return null;
          const { update, upTo } = capture.update(version, sequence++);
          version = upTo;
          // A large change comes in parts
          if (upTo < capture.version) queueMicrotask(() => listener.due());
          return update;
        }, send);
        return { listener, leave: add(listener) };
      }
      case 'live.update': {
        const { capture, add } = service.watch((params as EventParams<'live.update'>).capture);
        const { live } = capture;
        if (live === null) throw new ServiceFailure('bad-request', { what: 'capture' });
        let version = 0;
        const listener = new Listener(() => {
          if (live.version <= version) return null;
          version = live.version;
          return live.status;
        }, send);
        return { listener, leave: add(listener) };
      }
    }
  }

  #unsubscribe(id: number): void {
    const entry = this.#listeners.get(id);
    this.#listeners.delete(id);
    entry?.leave();
    entry?.listener.stop();
  }
}

/** Which parameter is wrong; never what was in it. */
function where(issues: readonly { readonly path: readonly PropertyKey[] }[]): string {
  return issues[0]?.path.map(String).join('.') || 'parameters';
}
