// zod compiles its checks with `new Function` where it may. The page's policy forbids that, and each try would be
// reported as a violation. Imported first: schemas look at this when they are made.

import { z } from 'zod';

z.config({ jitless: true });
