import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{main,shared,renderer,.ci}/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    // A busy machine is late, not wrong
    expect: { poll: { timeout: 10_000 } },
    // The runner itself hardly needs one; by default it would leave one idle, on two processors half of them
    maxWorkers: '100%',
    // What the person at this machine keeps (imported lists) is no part of a test
    env: { TZ: 'UTC', XDG_CONFIG_HOME: '/nonexistent' },
  },
});
