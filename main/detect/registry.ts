// Every detector, in the order in which they are asked: what a later one calls a consequence, an earlier one found.

import type { Detector } from './detector.ts';

export const DETECTORS: readonly Detector[] = [];
