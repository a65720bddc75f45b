import { describe, expect, it } from 'vitest';
import { blockedAnalysis, quietAnalysis } from './example-result.ts';
import { readResults } from './reading.ts';

const json = JSON.stringify;
const paths = (text: string) => readResults(text).analyses.map((analysis) => analysis.capture.path);
const problems = (text: string) => readResults(text).problems;

describe('what the command line writes', () => {
  it('reads one result, compact or indented', () => {
    expect(readResults(json(blockedAnalysis))).toEqual({ analyses: [blockedAnalysis], problems: [] });
    expect(readResults(json(blockedAnalysis, null, 2))).toEqual({ analyses: [blockedAnalysis], problems: [] });
  });

  it('reads an array of results', () => {
    expect(paths(json([blockedAnalysis, quietAnalysis]))).toEqual(['provider-a.pcapng', 'provider-b.pcapng']);
  });

  it('reads one result a line, with either line end', () => {
    const lines = [json(blockedAnalysis), json(quietAnalysis), ''];
    expect(paths(lines.join('\n'))).toEqual(['provider-a.pcapng', 'provider-b.pcapng']);
    expect(paths(lines.join('\r\n'))).toEqual(['provider-a.pcapng', 'provider-b.pcapng']);
  });

  it('passes over fields that a later version has added', () => {
    const later = structuredClone(blockedAnalysis) as unknown as Record<string, unknown> & typeof blockedAnalysis;
    later.mood = 'fine';
    (later.findings[0] as unknown as Record<string, unknown>).flavour = 7;
    expect(readResults(json(later))).toEqual({ analyses: [blockedAnalysis], problems: [] });
  });
});

describe('what it cannot read', () => {
  it('keeps the good lines beside a bad one, and says which was bad', () => {
    const text = [json(blockedAnalysis), '{"schema":', json(quietAnalysis)].join('\n');
    expect(paths(text)).toHaveLength(2);
    expect(problems(text)).toEqual([{ kind: 'not-json', where: 'line 2' }]);
  });

  it('names the field that is wrong', () => {
    const wrong = { ...blockedAnalysis, incidents: [{ ...blockedAnalysis.incidents[0], confidence: 'certain' }] };
    expect(problems(json(wrong))).toEqual([
      { kind: 'no-result', where: expect.stringContaining('incidents.0.confidence') },
    ]);
    expect(problems(json([blockedAnalysis, 5]))).toEqual([
      { kind: 'no-result', where: expect.stringContaining('[1]') },
    ]);
  });

  it('tells a result of another version from no result', () => {
    expect(problems(json({ ...blockedAnalysis, schema: 'blockscope.analysis/2' }))).toEqual([
      { kind: 'other-version', where: 'blockscope.analysis/2' },
    ]);
    expect(problems('{}')).toEqual([{ kind: 'no-result', where: expect.any(String) }]);
  });

  it('says once that text is no JSON, however many lines it has', () => {
    expect(problems('\u00d4\u00c3\u00b2\u00a1\nno\nresult\n')).toEqual([{ kind: 'not-json', where: null }]);
  });

  it('says that a file is empty', () => {
    for (const text of ['', ' \n', '[]']) expect(problems(text)).toEqual([{ kind: 'empty', where: null }]);
  });

  it('stops complaining after ten', () => {
    expect(problems(json(Array.from({ length: 1000 }, () => 0)))).toHaveLength(10);
  });

  it('survives nesting deeper than the stack', () => {
    expect(problems('['.repeat(200_000))).toHaveLength(1);
    expect(problems(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toHaveLength(1);
  });
});

it('makes characters visible that would rearrange a sentence', () => {
  const hostile = { ...blockedAnalysis, capture: { ...blockedAnalysis.capture, path: 'a\u202egnp.pacp' } };
  expect(paths(json(hostile))).toEqual(['a\\u202egnp.pacp']);
});
