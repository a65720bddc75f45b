// Frames that stand in a capture twice further apart than the copies a capturing host makes: files of two places or
// clocks merged into one, and links that deliver a frame again. Genuine resets then look like bursts.
import type { Capture } from '../../capture.ts';
import type { Net } from '../../network.ts';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, OTHER, SITE, SITE_WEB } from '../places.ts';

/** A second recording of the same traffic, its clock ahead by so much, merged by time. */
function mergedWithItself(milliseconds: number): (capture: Capture) => Capture {
  return (capture) => {
    const ahead = BigInt(milliseconds) * 1_000_000n;
    const frames = capture.frames.flatMap((frame) => [frame, { ...frame, time: frame.time + ahead }]);
    return { ...capture, frames: frames.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)) };
  };
}

function serversThatReset(net: Net): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    const web = net.connect({ server: SITE_WEB, serverStack: 'windows' });
    web.request({ host: FREE });
    web.response();
    web.reset('server', { flags: 'RA', ipId: 0x5a00 + attempt });
    net.visit({ server: OTHER, sni: FREE });
    const picky = net.connect({ server: SITE, serverStack: 'freebsd' });
    picky.clientHello({ sni: BLOCKED });
    picky.reset('server', { flags: 'RA', ipId: 0x6b00 + attempt });
  }
}

for (const apart of [3, 12, 45]) {
  scenario(`two recordings merged, ${apart} ms apart`, serversThatReset, {
    crippled: mergedWithItself(apart),
  }).innocent({ atMost: 'possible' });
}

for (const gap of [0.5, 3]) {
  scenario(`a link delivers the last frame of a connection twice, ${gap} ms apart`, (net) => {
    net.visit({ server: SITE, sni: FREE });
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.talk(3);
    for (const after of [5, gap]) tls.segment('server', { flags: 'RA', ipId: 0x5555, window: 0, after });
  }).innocent({ atMost: 'possible' });
}

/** FINs of a segment without payload stand three times, a tenth of a millisecond apart. */
function withFinsTripled(capture: Capture): Capture {
  const frames = capture.frames.flatMap((frame) =>
    frame.bytes[23] === 6 && frame.bytes[47] === 0x11
      ? [0n, 100_000n, 200_000n].map((later) => ({ ...frame, time: frame.time + later }))
      : [frame],
  );
  return { ...capture, frames: frames.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)) };
}

scenario(
  'a server closes without an answer, its FIN stands in the capture three times',
  (net) => {
    net.visit({ server: OTHER, sni: FREE });
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: BLOCKED });
    tls.segment('server', { flags: 'A' });
    tls.segment('server', { flags: 'FA', ipId: 0x5555, after: 5 });
  },
  { crippled: withFinsTripled },
).innocent();
