import { expect, it } from 'vitest';
import { blockedAnalysis, quietAnalysis } from './example-result.ts';
import { createResultsStore, LARGEST_FILE, MOST_RESULTS, type ResultFile } from './store.ts';

const file = (name: string, value: unknown): ResultFile => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { name, size: text.length, text: async () => text };
};
const open = async (...files: ResultFile[]) => {
  const store = createResultsStore();
  await store.getState().open(files);
  return store;
};
const paths = (store: Awaited<ReturnType<typeof open>>) =>
  store.getState().results.map(({ analysis }) => analysis.capture.path);

it('opens files in their order and looks at the first', async () => {
  const store = await open(file('a.json', blockedAnalysis), file('b.json', quietAnalysis));
  const { results, selected, reading, problems } = store.getState();
  expect(paths(store)).toEqual(['provider-a.pcapng', 'provider-b.pcapng']);
  expect(selected).toBe(results[0]!.key);
  expect(reading).toBe(0);
  expect(problems).toEqual([]);
});

it('counts the files it is reading', async () => {
  const store = createResultsStore();
  const done = store.getState().open([file('a.json', blockedAnalysis), file('b.json', quietAnalysis)]);
  expect(store.getState().reading).toBe(2);
  await done;
  expect(store.getState().reading).toBe(0);
});

it('opens the good files beside the bad ones, and names the bad ones', async () => {
  const broken: ResultFile = { name: 'gone.json', size: 9, text: () => Promise.reject(new Error('gone')) };
  const huge: ResultFile = { name: 'huge.json', size: LARGEST_FILE + 1, text: () => Promise.reject(new Error('read')) };
  const store = await open(broken, huge, file('text.txt', 'hello'), file('a.json', blockedAnalysis));
  expect(paths(store)).toEqual(['provider-a.pcapng']);
  expect(store.getState().problems.map(({ file, kind }) => [file, kind])).toEqual([
    ['gone.json', 'unreadable'],
    ['huge.json', 'too-large'],
    ['text.txt', 'not-json'],
  ]);
  store.getState().dismiss();
  expect(store.getState().problems).toEqual([]);
});

it('replaces a capture that is opened again, and keeps looking at it', async () => {
  const store = await open(file('a.json', blockedAnalysis), file('b.json', quietAnalysis));
  await store.getState().open([file('a2.json', { ...blockedAnalysis, findings: [], incidents: [] })]);
  const { results, selected } = store.getState();
  expect(results.map((result) => result.file)).toEqual(['a2.json', 'b.json']);
  expect(selected).toBe(results[0]!.key);
});

it('looks at the neighbour when the capture looked at is closed', async () => {
  const store = await open(file('a.json', blockedAnalysis), file('b.json', quietAnalysis));
  const [a, b] = store.getState().results;
  store.getState().select(b!.key);
  store.getState().close(b!.key);
  expect(store.getState().selected).toBe(a!.key);
  store.getState().close(a!.key);
  expect(store.getState()).toMatchObject({ results: [], selected: null });
});

it('stops at its limit and says so', async () => {
  const many = Array.from({ length: MOST_RESULTS + 5 }, (_, index) => ({
    ...quietAnalysis,
    capture: { ...quietAnalysis.capture, path: `${index}.pcap` },
  }));
  const store = await open(file('many.json', many));
  expect(store.getState().results).toHaveLength(MOST_RESULTS);
  expect(store.getState().problems.map(({ kind }) => kind)).toEqual(['too-many']);
});
