// The app in a real browser: `npm run e2e`. Apart from `npm test`, which needs no browser.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['renderer/e2e/**/*.e2e.ts'],
    testTimeout: 60_000,
    // A busy machine is late, not wrong
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
    // Tests of recording mostly wait, so another browser has time beside them; more would slow each other down
    maxWorkers: 2,
    env: { TZ: 'UTC' },
  },
});
