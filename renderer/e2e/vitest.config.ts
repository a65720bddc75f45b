// The app in a real browser: `npm run e2e`. Apart from `npm test`, which needs no browser.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['renderer/e2e/**/*.e2e.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One browser after the other: two of them slow each other down until nothing is in time
    fileParallelism: false,
    env: { TZ: 'UTC' },
  },
});
