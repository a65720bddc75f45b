// Results for tests: a website reset by name, seen at one provider and not at the other. Typed by the contract, and
// passed through its schema by reading.test.ts.

import type { Analysis, Finding, Incident } from '../../../shared/contract/analysis.ts';

export const exampleFinding: Finding = {
  id: 'F1',
  revision: 1,
  state: 'final',
  techniques: ['sni-filtering', 'rst-injection'],
  confidence: 'confirmed',
  trigger: { kind: 'tls-sni', value: 'telegram.org', confidence: 'likely' },
  interference: { kind: 'rst-injection', variant: 'rst', direction: 'to-client' },
  stage: 'client-hello',
  effect: 'stopped',
  place: 'path',
  target: { domain: 'telegram.org', address: '149.154.167.99', port: 443, service: 'telegram', surface: 'web' },
  flow: {
    id: 4,
    protocol: 'tcp',
    client: { address: '192.168.1.34', port: 58322 },
    server: { address: '149.154.167.99', port: 443 },
  },
  dns: null,
  firstTime: '1523955123.250000000',
  lastTime: '1523955123.400000000',
  frames: { trigger: [32], forged: [33], genuine: [30, 34, 36], affected: [35, 37], more: 0 },
  evidence: [
    {
      kind: 'after-trigger',
      role: 'supports',
      strength: 'weak',
      params: { elapsedMs: 2.9 },
      text: 'It came 2.9 ms after the request or hello.',
      frames: [32, 33],
    },
    {
      kind: 'data-after-reset',
      role: 'supports',
      strength: 'strong',
      params: { bytes: 1448, afterMs: 62.6 },
      text: 'The endpoint that is said to have reset the connection first sent 1448 bytes of data 62.6 ms after that.',
      frames: [33, 36],
    },
  ],
  controls: [
    {
      kind: 'same-address-other-name',
      outcome: 'ok',
      target: { domain: 'comments.app', address: '149.154.167.99', port: 443 },
      frames: [74],
    },
  ],
  alternatives: [
    { kind: 'server-closed', status: 'ruled-out', params: { timing: '' }, text: 'The server itself closed it.' },
    { kind: 'anycast-rehash', status: 'open', params: {}, text: 'Another server behind one address answered.' },
  ],
  attribution: [],
  injector: { hopsFromVantage: 3, basis: 'ttl' },
  measured: null,
  causedBy: null,
};

export const exampleIncident: Incident = {
  id: 'I1',
  targets: ['T1'],
  techniques: ['sni-filtering', 'rst-injection'],
  confidence: 'confirmed',
  outcome: 'blocked',
  findings: ['F1'],
  failed: 3,
  succeeded: 0,
  firstTime: '1523955123.250000000',
  lastTime: '1523955130.000000000',
  verdict: {
    kind: 'reset-by-name',
    params: {},
    text: 'Connections to telegram.org were reset after the site name in the TLS hello was sent.',
  },
  next: [{ kind: 'try-ech', params: {}, text: 'Try a browser with Encrypted Client Hello.' }],
};

export const blockedAnalysis: Analysis = {
  schema: 'blockscope.analysis/1',
  tool: { name: 'blockscope', version: '0.1.0' },
  capture: {
    path: 'provider-a.pcapng',
    sha256: 'a'.repeat(64),
    format: 'pcapng',
    compression: null,
    linkTypes: ['ethernet'],
    packets: 183,
    bytes: 17332,
    firstTime: '1523955120.000000000',
    lastTime: '1523955180.000000000',
    complete: true,
    stoppedAt: null,
    vantage: {
      role: { value: 'client', basis: 'inferred' },
      local: ['192.168.1.34'],
      resolvers: [],
      network: null,
      country: null,
    },
    quality: [],
  },
  error: null,
  coverage: { flows: 9, tcp: 9, udp: 0, tlsHellos: 4, dnsQueries: 0, quicInitials: 0, httpRequests: 0 },
  checked: [
    { technique: 'rst-injection', rule: 'rst-injection/1', state: 'run', because: null },
    { technique: 'throttling', rule: null, state: 'not-run', because: null },
  ],
  targets: [
    {
      id: 'T1',
      domain: 'telegram.org',
      domainFrom: 'sni',
      addresses: ['149.154.167.99'],
      port: 443,
      transport: 'tcp',
      service: 'telegram',
      surface: 'web',
      attempts: 3,
      failed: 3,
      succeeded: 0,
      outcome: 'blocked',
      frames: [32],
      incidents: ['I1'],
    },
  ],
  findings: [exampleFinding],
  incidents: [exampleIncident],
  services: [
    {
      service: 'telegram',
      surfaces: [
        { surface: 'web', state: 'blocked', confidence: 'likely', targets: ['T1'], incidents: ['I1'] },
        { surface: 'app', state: 'reachable', confidence: 'confirmed', targets: [], incidents: [] },
      ],
    },
  ],
};

export const quietAnalysis: Analysis = {
  ...blockedAnalysis,
  capture: { ...blockedAnalysis.capture, path: 'provider-b.pcapng', sha256: 'b'.repeat(64) },
  targets: [],
  findings: [],
  incidents: [],
  services: [],
};
