// `npm test` needs no browser; this line in its output says what was left out and how to run it.

import { it } from 'vitest';

it.skip('the app in a real Chromium: run it with `npm run e2e`', () => {});
