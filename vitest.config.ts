import { defineConfig } from 'vitest/config';

const include = '{main,shared,renderer,.ci}/**/*.test.{ts,tsx}';
/** They compute and keep nothing: no process, timer, environment or file of theirs is left to the next. */
const PURE = '{shared,main/{detect,flow,incident,observe},main/testkit/scenarios}/**/*.test.ts';

const shared = {
  testTimeout: 60_000,
  // A busy machine is late, not wrong
  expect: { poll: { timeout: 10_000 } },
  // The runner itself hardly needs one; by default it would leave one idle, on two processors half of them
  maxWorkers: '100%',
  // What the person at this machine keeps (imported lists) is no part of a test
  env: { TZ: 'UTC', XDG_CONFIG_HOME: '/nonexistent' },
};

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'each alone', include: [include], exclude: ['**/node_modules/**', PURE] } },
      // The engine is loaded once for all of them, not again for each file
      { test: { ...shared, name: 'together', include: [PURE], isolate: false } },
    ],
  },
});
