// Every detector, in the order in which they are asked: what a later one calls a consequence, an earlier one found.

import { dataCutoff } from './data-cutoff.ts';
import type { Detector } from './detector.ts';
import { dnsPoisoning } from './dns-poisoning.ts';
import { ipNullRouting } from './ip-null-routing.ts';
import { protocolBlocking } from './protocol-blocking.ts';
import { quicBlocking } from './quic-blocking.ts';
import { responseInjection } from './response-injection.ts';
import { rstInjection } from './rst-injection.ts';
import { sniFiltering } from './sni-filtering.ts';
import { throttling } from './throttling.ts';
import { tlsMitm } from './tls-mitm.ts';

export const DETECTORS: readonly Detector[] = [
  dnsPoisoning,
  rstInjection,
  responseInjection,
  tlsMitm,
  sniFiltering,
  dataCutoff,
  throttling,
  quicBlocking,
  ipNullRouting,
  protocolBlocking,
];
