// Recordings that tell things in another order, with another clock, or not at all.
import { describe } from 'vitest';
import type { Capture } from '../../capture.ts';
import { httpResponse } from '../../dns-bytes.ts';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, SITE, SITE_WEB } from '../places.ts';

/** A network card with several queues: frames of one millisecond are written in another order. */
const reordered = (capture: Capture): Capture => {
  const frames = [...capture.frames];
  for (let i = 1; i < frames.length; i++)
    if (i % 2 === 1 && frames[i]!.time - frames[i - 1]!.time < 1_000_000n) {
      const a = frames[i - 1]!;
      const b = frames[i]!;
      frames[i - 1] = { ...b, time: a.time };
      frames[i] = { ...a, time: b.time };
    }
  return { ...capture, frames };
};
/** Their time stamps say so, too. */
const reorderedLate = (capture: Capture): Capture => {
  const frames = [...capture.frames];
  for (let i = 1; i < frames.length; i++)
    if (frames[i]!.time - frames[i - 1]!.time < 1_000_000n) {
      const a = frames[i - 1]!;
      frames[i - 1] = frames[i]!;
      frames[i] = a;
      i++;
    }
  return { ...capture, frames };
};

describe('recordings', () => {
  for (const [how, crippled] of [
    ['timestamps too', reordered],
    ['timestamps apart', reorderedLate],
  ] as const)
    for (const stack of ['linux', 'windows', 'freebsd'] as const)
      scenario(
        `queues of the card write neighbours in another order, ${how}: a ${stack} server that closes with resets`,
        (net) => {
          for (let i = 0; i < 6; i++) {
            const web = net.connect({ server: SITE_WEB, serverStack: stack });
            web.request({ host: BLOCKED });
            web.data('server', httpResponse({ body: 'x'.repeat(3000) }));
            web.reset('server', { after: 0.05, window: i % 2 ? 501 : 0 });
            net.wait(500);
          }
          net.visit({ server: SITE_WEB, host: FREE });
        },
        { crippled },
      ).innocent({ atMost: 'possible' });

  scenario(
    'client and server recorded, the server’s clock 4 s ahead, and merged',
    (net) => {
      for (let i = 0; i < 4; i++) {
        const tls = net.connect({ server: SITE });
        tls.clientHello({ sni: BLOCKED });
        tls.serverHello();
        tls.talk(1);
        tls.reset('server', { window: 0 });
      }
    },
    {
      crippled: (c: Capture) => ({
        ...c,
        frames: [...c.frames, ...c.frames.map((f) => ({ ...f, time: f.time + 4_000_000_000n, iface: 0 }))].sort(
          (a, b) => (a.time < b.time ? -1 : 1),
        ),
      }),
    },
  ).innocent({ atMost: 'possible' });

  scenario(
    'the capture wraps: ten seconds in the middle are missing',
    (net) => {
      for (let i = 0; i < 6; i++) {
        net.visit({ server: SITE, sni: FREE, rounds: 5 });
        const tls = net.connect({ server: SITE });
        tls.clientHello({ sni: BLOCKED });
        tls.serverHello();
        tls.talk(6);
        tls.reset('server', { window: 501, after: 30 });
        net.wait(2000);
      }
    },
    { crippled: (c: Capture) => ({ ...c, frames: [...c.frames.slice(0, 40), ...c.frames.slice(131)] }) },
  ).innocent({ atMost: 'possible' });
});
