// incidents.csv and packets.csv: for spreadsheets, which must not run what a stranger put into a name.

import { csv } from '../../shared/report/harmless.ts';
import { isoTime } from '../../shared/report/model.ts';
import type { IncidentReport } from '../../shared/report/schema.ts';
import type { Wording } from '../../shared/report/wording/words.ts';
import type { Evidence } from './evidence.ts';

export function incidentsCsv(report: IncidentReport, words: Wording): string {
  return csv(
    [
      'incident',
      'targets',
      'addresses',
      'ports',
      'service',
      'surface',
      'techniques',
      'interference',
      'interference_confidence',
      'trigger',
      'trigger_value',
      'trigger_confidence',
      'stage',
      'place',
      'outcome',
      'attempts_failed',
      'attempts_succeeded',
      'first_seen_utc',
      'last_seen_utc',
      'findings',
      'claims',
      'summary',
    ],
    report.incidents.map((incident) => [
      incident.id,
      incident.targets.map(({ domain }) => domain ?? '').join(' '),
      [...new Set(incident.targets.flatMap(({ addresses }) => addresses))].join(' '),
      [...new Set(incident.targets.map(({ port, transport }) => `${port}/${transport}`))].join(' '),
      incident.targets[0]?.service ?? null,
      incident.targets[0]?.surface ?? null,
      incident.techniques.join(' '),
      incident.interference.kind,
      incident.confidence,
      incident.trigger.kind,
      incident.trigger.value,
      incident.trigger.confidence,
      incident.stage,
      incident.place,
      incident.outcome,
      incident.failed,
      incident.succeeded,
      isoTime(incident.firstTime, report.redaction.times),
      isoTime(incident.lastTime, report.redaction.times),
      incident.findings.map(({ id }) => id).join(' '),
      incident.claims.map(({ id }) => id).join(' '),
      words.sentence('verdict', incident.verdict.kind, incident.verdict.params),
    ]),
  );
}

/** One row a frame of the evidence file. `notes`: findings and roles by frame of it. */
export function packetsCsv(evidence: Evidence, comments: ReadonlyMap<number, string>): string {
  return csv(
    [
      'frame_original',
      'frame_evidence',
      'time_utc',
      'time_epoch',
      'length',
      'captured_here',
      'cut_here',
      'source',
      'source_port',
      'destination',
      'destination_port',
      'protocol',
      'ttl',
      'ip_id',
      'dont_fragment',
      'tcp_flags',
      'seq',
      'ack',
      'window',
      'tcp_options',
      'payload_length',
      'ip_checksum_in_original',
      'transport_checksum_in_original',
      'comment',
    ],
    evidence.frames.map((frame) => {
      const time = `${frame.seconds}.${String(frame.nanos).padStart(9, '0')}`;
      const { facts } = frame;
      return [
        frame.original,
        frame.evidence,
        isoTime(time),
        time,
        frame.length,
        frame.bytes.length,
        frame.cut,
        facts?.source ?? null,
        facts?.sourcePort ?? null,
        facts?.destination ?? null,
        facts?.destinationPort ?? null,
        facts?.protocol ?? null,
        facts?.ttl ?? null,
        facts?.ipId ?? null,
        facts?.dontFragment ?? null,
        facts?.tcp?.flags ?? null,
        facts?.tcp?.seq ?? null,
        facts?.tcp?.ack ?? null,
        facts?.tcp?.window ?? null,
        facts?.tcp?.options ?? null,
        facts?.payload ?? null,
        frame.ipChecksum,
        frame.transportChecksum,
        comments.get(frame.evidence) ?? null,
      ];
    }),
  );
}
