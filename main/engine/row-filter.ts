// A filter as the tables of a capture apply it to their rows: what each field means in each table.

import type { Analysis, Finding } from '../../shared/contract/analysis.ts';
import type { DnsRow, FlowRow, PacketRow } from '../../shared/contract/service.ts';
import { compile, type RowFields, type RowValue } from '../../shared/filter/compile.ts';
import { parse } from '../../shared/filter/parse.ts';
import type { ServicesOfRows } from './services-of-rows.ts';

export interface RowOf {
  readonly flows: FlowRow;
  readonly dns: DnsRow;
  readonly packets: PacketRow;
}
export type RowFilter<T> = (row: T) => boolean;

export interface RowContext {
  readonly analysis: Analysis | null;
  /** The flow of a packet. */
  readonly flow: (flow: number) => FlowRow;
  readonly services: ServicesOfRows;
}

/** Null lets everything through. */
export function rowFilter<T extends keyof RowOf>(
  table: T,
  text: string,
  context: RowContext,
): RowFilter<RowOf[T]> | { readonly problem: Record<string, string | number> } | null {
  if (text.trim() === '') return null;
  const parsed = parse(text);
  if (!parsed.ok) {
    const { kind, start, end } = parsed.error;
    return { problem: { kind, start, end } };
  }
  const { capture } = context.analysis ?? {};
  const start = capture?.firstTime == null ? {} : { start: Number(capture.firstTime) };
  const fields = new Fields(context)[table] as RowFields<RowOf[T]>;
  return compile(parsed.ast, fields, start);
}

class Fields {
  readonly #findings: ReadonlyMap<string, Finding>;
  readonly #incidents: ReadonlyMap<string, readonly string[]>;
  readonly #flow: RowContext['flow'];
  readonly #services: ServicesOfRows;

  constructor({ analysis, flow, services }: RowContext) {
    this.#findings = new Map(analysis?.findings.map((finding) => [finding.id, finding]));
    const incidents = new Map<string, string[]>();
    for (const { id, findings } of analysis?.incidents ?? []) {
      for (const finding of findings) incidents.set(finding, [...(incidents.get(finding) ?? []), id]);
    }
    this.#incidents = incidents;
    this.#flow = flow;
    this.#services = services;
  }

  /** What is asked of the findings that a row has a part in. */
  #found(
    of: (finding: Finding) => string | null | readonly string[],
  ): (row: { readonly findings: readonly string[] }) => RowValue {
    return (row) =>
      row.findings.flatMap((id) => {
        const finding = this.#findings.get(id);
        return finding === undefined ? [] : (of(finding) ?? []);
      });
  }

  get #judged() {
    return {
      technique: this.#found(({ techniques }) => techniques),
      confidence: this.#found(({ confidence }) => confidence),
      trigger: this.#found(({ trigger }) => trigger.kind),
      interference: this.#found(({ interference }) => interference.kind),
      finding: this.#found(({ id }) => id),
      incident: this.#found(({ id }) => this.#incidents.get(id) ?? []),
    };
  }

  get flows(): RowFields<FlowRow> {
    const service = (row: FlowRow) => this.#services.ofFlow(row);
    return {
      ...this.#judged,
      target: (row) => (row.name === null ? row.server.address : [row.name, row.server.address]),
      domain: (row) => row.name,
      address: (row) => [row.client.address, row.server.address],
      port: (row) => [row.client.port, row.server.port],
      protocol: (row) => (row.application === null ? row.protocol : [row.protocol, row.application]),
      service: (row) => service(row)?.service,
      surface: (row) => service(row)?.surface,
      outcome: (row) => row.outcome,
      client: (row) => row.client.address,
      flow: (row) => row.flow,
      time: (row) => row.offset,
      bytes: (row) => row.bytesToServer + row.bytesToClient,
      packets: (row) => row.packetsToServer + row.packetsToClient,
      duration: (row) => row.duration,
      text: (row) =>
        `${row.name ?? ''} ${row.client.address} ${row.server.address} ${row.application ?? ''} ${row.protocol} ${row.outcome}`,
    };
  }

  get dns(): RowFields<DnsRow> {
    return {
      ...this.#judged,
      target: (row) => row.name,
      domain: (row) => row.name,
      address: (row) => [
        row.client.address,
        row.resolver.address,
        ...row.answers.flatMap(({ addresses }) => addresses),
      ],
      port: (row) => [row.client.port, row.resolver.port],
      protocol: (row) => ['dns', row.transport],
      service: (row) => this.#services.ofExchange(row)?.service,
      surface: (row) => this.#services.ofExchange(row)?.surface,
      client: (row) => row.client.address,
      resolver: (row) => row.resolver.address,
      frame: (row) => [...row.queries, ...row.answers.map(({ frame }) => frame)],
      time: (row) => row.offset,
      packets: (row) => row.queries.length + row.answers.length,
      text: (row) =>
        `${row.name} ${row.type} ${row.client.address} ${row.resolver.address} ${row.answers.flatMap(({ addresses }) => addresses).join(' ')}`,
    };
  }

  get packets(): RowFields<PacketRow> {
    const ofFlow = (of: (flow: FlowRow) => RowValue): ((row: PacketRow) => RowValue) => {
      return (row) => (row.flow === null ? null : of(this.#flow(row.flow)));
    };
    const flows = this.flows;
    return {
      ...this.#judged,
      target: ofFlow(flows.target!),
      domain: ofFlow(flows.domain!),
      service: ofFlow(flows.service!),
      surface: ofFlow(flows.surface!),
      outcome: ofFlow(flows.outcome!),
      client: ofFlow(flows.client!),
      address: (row) => [row.source, row.destination].flatMap((end) => (end === null ? [] : end.address)),
      port: (row) => [row.source, row.destination].flatMap((end) => (end === null || end.port === 0 ? [] : end.port)),
      protocol: (row) => {
        const layers = [row.protocol];
        if (row.tcp !== null) layers.push('tcp');
        else if (row.protocol === 'quic' || row.protocol === 'dns') layers.push('udp');
        return layers;
      },
      flow: (row) => row.flow,
      frame: (row) => row.frame,
      time: (row) => row.offset,
      bytes: (row) => row.length,
      role: (row) => row.role,
      text: (row) => `${row.protocol} ${row.info} ${row.source?.address ?? ''} ${row.destination?.address ?? ''}`,
    };
  }
}
