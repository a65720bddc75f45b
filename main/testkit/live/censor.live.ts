// A censor at work in the laboratory of samples/lab, real programs that meet it, and Blockscope beside them: every
// technique is found while it happens, by each backend, and the recording read again says the same.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis, Finding } from '../../../shared/contract/analysis.ts';
import { atLeast, type Confidence, type Technique } from '../../../shared/domain/vocabulary.ts';
import { Engine } from '../../engine/engine.ts';
import { BlockStream } from '../../live/stream.ts';
import { analyze, BACKENDS, folder, missing, PROGRAM, ROOT, remove, type Said } from './program.ts';

/** From the moment at which the rule has what it needs, in capture time, to the line of output. */
const WITHIN_S = 2;
/** Capture time between two judgements when the recording is judged again from its beginning. */
const STEP_S = 0.1;
const ENHANCED = 6;

interface Met {
  readonly sample: string;
  readonly technique: Technique;
  readonly target: string;
  readonly atLeast: Confidence;
}

const MET: readonly Met[] = [
  { sample: 'dns-poisoning-race', technique: 'dns-poisoning', target: 'news.example.org', atLeast: 'confirmed' },
  { sample: 'rst-injection-mirror', technique: 'rst-injection', target: 'news.example.org', atLeast: 'likely' },
  { sample: 'sni-filtering-drop', technique: 'sni-filtering', target: 'news.example.org', atLeast: 'likely' },
  { sample: 'ip-null-routing-blackhole', technique: 'ip-null-routing', target: 'radio.example.org', atLeast: 'likely' },
];

const fits = (met: Met, { techniques, target, confidence }: Finding): boolean =>
  techniques.includes(met.technique) &&
  (target.domain === met.target || target.address === met.target) &&
  atLeast(confidence, met.atLeast);

/** Network, mount and process namespaces of its own, as record.sh makes them; the kernel ends what is left in them. */
function play(sample: string, work: string): Promise<void> {
  mkdirSync(work);
  const lab = join(ROOT, 'samples/lab');
  const script = `mount -t tmpfs tmpfs /run; : >/run/resolv.conf; mount --bind /run/resolv.conf /etc/resolv.conf
    exec python3 "$@"`;
  const command = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    'bash',
    '-euc',
    script,
    'live',
  ];
  const child = spawn('unshare', [...command, join(lab, 'live.py'), sample, work, PROGRAM, ...BACKENDS], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', BSLAB_HOST_NETNS: readlinkSync('/proc/self/ns/net') },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${sample}: ${words || code}`))));
  });
}

/** Capture time at which the rule first has what it needs: the recording, judged at every step of an ideal clock. */
function metAt(met: Met, recording: string): number {
  const engine = new Engine({ seed: 1 });
  const blocks: { bytes: Uint8Array; time: number }[] = [];
  let time = 0;
  const stream = new BlockStream({
    blocks: (run) => {
      const view = new DataView(run.buffer, run.byteOffset, run.byteLength);
      for (let at = 0; at < run.length; at += view.getUint32(at + 4, true)) {
        // Both helpers count nanoseconds
        if (view.getUint32(at, true) === ENHANCED)
          time = Number((BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 16, true))) / 1e9;
        blocks.push({ bytes: run.slice(at, at + view.getUint32(at + 4, true)), time });
      }
    },
  });
  stream.push(readFileSync(recording));
  const first = blocks.find((block) => block.time > 0)!.time;
  let next = 0;
  for (let now = first; now <= time; now += STEP_S) {
    while (next < blocks.length && blocks[next]!.time <= now) engine.feed(blocks[next++]!.bytes);
    engine.advance(now);
    const { analysis } = engine.judge({ path: '', sha256: null, compression: null, error: null, truncated: false });
    if (analysis.findings.some((finding) => fits(met, finding))) return now;
  }
  throw new Error(`${met.technique} is never found in ${recording}`);
}

const TOOLS = ['dumpcap', 'ip', 'nft', 'nginx', 'dnsmasq', 'unbound', 'curl', 'openssl', 'python3', 'nsenter'];

describe.skipIf(missing(TOOLS) !== null)('in the laboratory', () => {
  const work = folder();

  beforeAll(async () => {
    // Three at a time: they mostly wait, but every laboratory runs a dozen servers
    const waiting = MET.map(({ sample }) => sample);
    const one = async (): Promise<void> => {
      for (let sample = waiting.shift(); sample !== undefined; sample = waiting.shift())
        await play(sample, join(work, sample));
    };
    await Promise.all([one(), one(), one()]);
  }, 240_000);

  afterAll(() => remove(work));

  describe.each(MET)('$technique ($sample)', (met) => {
    it.each(BACKENDS)('is found by %s while it happens', (backend) => {
      const base = join(work, met.sample, backend);
      const said = readFileSync(`${base}.ndjson`, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Said & { finding?: Finding });
      expect(said.find(({ event }) => event === 'header')).toMatchObject({
        backend,
        tsSource: backend === 'dumpcap' ? 'kernel' : 'user',
        linkType: 1,
        tsResolution: 1,
      });
      const found = said.find(({ event, finding }) => event === 'finding' && fits(met, finding!));
      expect(found, 'found at all').toBeDefined();
      const condition = metAt(met, `${base}.pcapng`);
      const late = found!.at - condition;
      console.log(`${met.technique} by ${backend}: ${late.toFixed(2)} s after its condition`);
      expect(late).toBeLessThan(WITHIN_S);
    });

    it.each(BACKENDS)('is found by %s again in the recording, and nothing else', (backend) => {
      const base = join(work, met.sample, backend);
      const live = JSON.parse(readFileSync(`${base}.ndjson`, 'utf8').trim().split('\n').at(-1)!) as Analysis;
      const again = analyze(`${base}.pcapng`);
      // A revision counts what was said on the way
      const settled = (findings: readonly Finding[]) => findings.map((finding) => ({ ...finding, revision: 0 }));
      expect(settled(again.findings)).toEqual(settled(live.findings));
      expect(again.incidents).toEqual(live.incidents);
      expect(again.targets).toEqual(live.targets);
      expect(again.checked).toEqual(live.checked);
      expect(again.capture.vantage).toEqual(live.capture.vantage);
      expect(live.findings.some((finding) => fits(met, finding))).toBe(true);
    });
  });
});
