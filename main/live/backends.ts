// Ways to capture, in the order in which they are tried. A further one is a file of its own and a row here.

import { cap } from './cap.ts';
import { dumpcap } from './dumpcap.ts';
import type { Backend } from './source.ts';

export const ALL_BACKENDS: readonly Backend[] = [dumpcap, cap];
