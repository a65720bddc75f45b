// Live capture with real helpers, real programs and a censor: `npm run test:live`. Needs root, network namespaces and
// the laboratory's programs, and the built program; `npm test` needs none of them.

import { defineConfig } from 'vitest/config';

const shared = {
  root: new URL('../../..', import.meta.url).pathname,
  testTimeout: 100_000,
  hookTimeout: 100_000,
  env: { TZ: 'UTC' },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'measured',
          include: ['main/testkit/live/censor.live.ts'],
          // Alone: what is found within how long is measured
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'waiting',
          include: ['main/testkit/live/*.live.ts'],
          exclude: ['main/testkit/live/censor.live.ts'],
          // Each in network namespaces of its own, and mostly waiting
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
