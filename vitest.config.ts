import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{main,shared,renderer,.ci}/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    env: { TZ: 'UTC' },
  },
});
