import { expect, test } from 'vitest';
import { CallError, createClient } from './client.ts';
import type { Message, Transport } from './service.ts';

/** A transport whose other end is the test. */
function wire() {
  const sent: Message[] = [];
  let receive: (message: unknown) => void = () => {};
  let end: () => void = () => {};
  const transport: Transport = {
    send: (message) => void sent.push(message),
    onMessage: (listener) => {
      receive = listener;
    },
    onClose: (listener) => {
      end = listener;
    },
    close: () => end(),
  };
  return { client: createClient(transport), sent, receive: (message: unknown) => receive(message), end: () => end() };
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => (error as CallError).failure.code,
  );

test('An answer finds its call, whatever the order', async () => {
  const { client, receive } = wire();
  const list = client.call('capture.list', {});
  const choose = client.call('files.choose', {});
  receive({ type: 'result', id: 2, result: { paths: ['a'] } });
  receive({ type: 'result', id: 1, result: { captures: [] } });
  expect(await choose).toEqual({ paths: ['a'] });
  expect(await list).toEqual({ captures: [] });
});

test('An answer that does not keep the contract is a defect, not a value', async () => {
  const { client, receive } = wire();
  const list = client.call('capture.list', {});
  receive({ type: 'result', id: 1, result: { captures: 'none' } });
  expect(await failureOf(list)).toBe('defect');
});

test('A failure is thrown as the engine said it', async () => {
  const { client, receive } = wire();
  const pause = client.call('capture.pause', { capture: 'x' });
  receive({ type: 'failure', id: 1, failure: { code: 'unknown-capture', params: {}, text: 'There is none.' } });
  await expect(pause).rejects.toBeInstanceOf(CallError);
  expect(await failureOf(pause)).toBe('unknown-capture');
});

test('Aborting fails the call at once and tells the engine; a late answer is nobody’s', async () => {
  const { client, sent, receive } = wire();
  const stop = new AbortController();
  const list = client.call('capture.list', {}, stop.signal);
  stop.abort();
  expect(await failureOf(list)).toBe('cancelled');
  expect(sent.at(-1)).toEqual({ type: 'cancel', id: 1 });
  receive({ type: 'result', id: 1, result: { captures: [] } });
  expect(await failureOf(client.call('capture.list', {}, stop.signal))).toBe('cancelled');
  expect(sent).toHaveLength(2);
});

test('Events are acknowledged after the listener had them, and stop when it is no longer wanted', () => {
  const { client, sent, receive } = wire();
  const got: unknown[] = [];
  const stop = client.on('open.requested', {}, ({ paths }) => {
    expect(sent.filter(({ type }) => type === 'ack')).toHaveLength(got.length);
    got.push(paths);
  });
  receive({ type: 'event', id: 1, payload: { paths: ['a'] } });
  receive({ type: 'event', id: 1, payload: { paths: ['b'] } });
  stop();
  receive({ type: 'event', id: 1, payload: { paths: ['c'] } });
  expect(got).toEqual([['a'], ['b']]);
  expect(sent.map(({ type }) => type)).toEqual(['subscribe', 'ack', 'ack', 'unsubscribe']);
});

test('A malformed event is said to be one, and acknowledged', () => {
  const { client, sent, receive } = wire();
  const failures: string[] = [];
  client.on(
    'open.requested',
    {},
    () => expect.unreachable(),
    ({ code }) => failures.push(code),
  );
  receive({ type: 'event', id: 1, payload: { paths: [1] } });
  receive('no message');
  expect(failures).toEqual(['defect']);
  expect(sent.at(-1)).toEqual({ type: 'ack', id: 1 });
});

test('When the way ends, every call fails and listeners hear of it', async () => {
  const { client, end } = wire();
  const list = client.call('capture.list', {});
  const failures: string[] = [];
  client.on(
    'captures.changed',
    {},
    () => {},
    ({ code }) => failures.push(code),
  );
  end();
  expect(await failureOf(list)).toBe('engine-gone');
  expect(await failureOf(client.call('capture.list', {}))).toBe('engine-gone');
  expect(failures).toEqual(['engine-gone']);
});
