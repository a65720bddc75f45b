import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{main,shared,renderer,.ci}/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    // What the person at this machine keeps (imported lists) is no part of a test
    env: { TZ: 'UTC', XDG_CONFIG_HOME: '/nonexistent' },
  },
});
