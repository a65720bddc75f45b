// TLS that somebody reads along: the certificate is signed by an authority known to sign for names that are not its own.
// Only up to TLS 1.2, where the certificate can be seen; an unknown authority may be anybody's, and accuses nobody.
//
// Likely: a known issuer. Confirmed: it signs for names of three owners at addresses in three networks, which no server
// has in common. A program on the device or a box of the house that does so is named as such: its owner wants it.

import type { Confidence } from '../../shared/domain/vocabulary.ts';
import type { TcpFlow } from '../flow/records.ts';
import { networkOf } from '../observe/controls.ts';
import { ownerOf } from '../observe/dns.ts';
import { alternative, type Detector, type Draft, evidence } from './detector.ts';

const RULE = 'tls-mitm/1';
const LEAST_OWNERS = 3;
const MAX_FRAMES = 64;

export const tlsMitm: Detector = {
  rule: RULE,
  judges: ['tls-mitm'],
  detect(base) {
    const read = base.tcp.filter((flow) => flow.reply?.interceptor != null && flow.trigger?.kind === 'client-hello');
    return read.map((flow) => draftOf(flow, read));
  },
  limitedBy(base) {
    const { capture } = base;
    if (capture.tcpFlows > 0 && capture.oneWayShare > 0.5) return 'one-way';
    return capture.cutFrames > 0 ? 'snaplen' : null;
  },
};

function draftOf(flow: TcpFlow, all: readonly TcpFlow[]): Draft {
  const { client, server } = flow;
  const trigger = flow.trigger!;
  const reply = flow.reply!;
  const issuer = reply.interceptor!;
  const alike = all.filter(
    (other) => other.client.address === client.address && other.reply!.certificateIssuer === reply.certificateIssuer,
  );
  const owners = new Set(
    alike.flatMap((other) => (other.trigger!.name === null ? [] : [ownerOf(other.trigger!.name)])),
  );
  const networks = new Set(alike.map((other) => networkOf(other.server.address)));
  const confidence: Confidence = owners.size >= LEAST_OWNERS && networks.size >= LEAST_OWNERS ? 'confirmed' : 'likely';
  const isState = issuer.kind === 'state';
  const facts = [
    evidence(
      'known-issuer',
      'supports',
      'strong',
      { issuer: reply.certificateIssuer ?? '', system: issuer.system, source: issuer.source },
      [reply.frame],
    ),
  ];
  if (owners.size >= 2) {
    const frames = alike.map((other) => other.reply!.frame).slice(0, MAX_FRAMES);
    const params = { issuer: reply.certificateIssuer ?? '', owners: owners.size, networks: networks.size };
    facts.push(evidence('one-issuer-for-all', 'supports', 'medium', params, frames));
  }
  return {
    key: `tls-mitm ${flow.id}`,
    rule: RULE,
    confidence,
    trigger: { kind: 'unknown', value: null, confidence: 'inconclusive' },
    interference: { kind: 'tls-mitm', variant: 'known-issuer', direction: 'both' },
    stage: 'handshake',
    effect: 'survived',
    place: isState ? 'path' : 'this-device',
    target: { domain: trigger.name, address: server.address, port: server.port },
    flow: { id: flow.id, protocol: 'tcp', client, server },
    dns: null,
    firstTime: trigger.firstTime,
    lastTime: Math.max(flow.lastTime, reply.time),
    frames: { trigger: trigger.frames, forged: [reply.frame], genuine: [], affected: [] },
    evidence: facts,
    controls: [],
    alternatives: [
      alternative('server-policy', 'ruled-out', { name: trigger.name ?? server.address }),
      alternative('local-filter', isState ? 'weakened' : 'open', {}),
      alternative('middlebox-proxy', isState ? 'weakened' : 'open', {}),
    ],
    attribution: [
      {
        system: issuer.system,
        country: issuer.country,
        matched: ['issuer of the certificate'],
        source: issuer.source,
        date: issuer.date,
      },
    ],
    injector: null,
    causedBy: null,
    residual: false,
  };
}
