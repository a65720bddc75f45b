// Answers the calls that concern one capture: pages of its tables, bins of its timeline, its flows and packets. From the
// catalogue where that has it, else from the file, read again.

import type { Analysis, Finding } from '../../shared/contract/analysis.ts';
import type { FieldNode } from '../../shared/contract/fields.ts';
import type {
  Bins,
  CallParams,
  CallResult,
  DnsRow,
  FailureCode,
  FlowRow,
  PacketRow,
} from '../../shared/contract/service.ts';
import { PcapngWriter } from '../capture-file/writer.ts';
import type { DnsExchange } from '../flow/records.ts';
import { TCP_FLAG } from '../flow/records.ts';
import type { Ladder } from '../incident/ladder.ts';
import { DNS_TYPES } from '../wire/fields/codes.ts';
import { fieldTree } from '../wire/fields/field-tree.ts';
import { scanTls } from '../wire/tls.ts';
import { APPLICATIONS, type Catalog, OUTCOMES, ROW } from './catalog.ts';
import { joined, StreamOfFlow } from './flow-stream.ts';
import { Citations, PacketRows } from './packet-rows.ts';
import { type Rereading, Unavailable, type VisitedFrame } from './rereading.ts';
import { type RowFilter, type RowOf, rowFilter } from './row-filter.ts';
import { ServicesOfRows } from './services-of-rows.ts';
import { VERSION } from './version.ts';

/** Bytes read again to show a span of the timeline more closely than it was counted. */
const MAX_COUNTED = 33_554_432;
/** Lanes of successes that are told apart; the busiest. */
const MAX_LANES = 256;
/** Frames among which the ServerHello of a connection is looked for. */
const MAX_HELLO_FRAMES = 20_000;
/** Values listed of a facet. */
const MAX_VALUES = 50;
/** Frames of a flow, or of a filter, whose numbers are kept for the next page. */
const MAX_KEPT_FRAMES = 1 << 22;
/** While a capture is read, tables are at most this old. */
const REFRESH_MS = 250;

function isApplicationData({ name, children }: FieldNode): boolean {
  return name === 'tls.record' && (children?.some((node) => node.name === 'tls.app_data') ?? false);
}

/** A call that cannot be answered. */
export class QueryFailure extends Error {
  readonly code: FailureCode;
  readonly params: Record<string, string | number>;

  constructor(code: FailureCode, params: Record<string, string | number> = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

export interface ReportInput {
  readonly analysis: Analysis;
  readonly ladders: Readonly<Record<string, Ladder>>;
}

export const QUERIES = [
  'timeline.bins',
  'flows.page',
  'dns.page',
  'packets.page',
  'table.facets',
  'flow.packets',
  'flow.stream',
  'flow.capture',
  'packet.get',
] as const;
/** `report.input` is asked by the service alone: it is no call of the contract. */
export type QueryName = (typeof QUERIES)[number] | 'report.input';

type PageParams = CallParams<'flows.page'>;
type Order = { readonly key: string; readonly rows: Uint32Array; readonly total: number };

interface FlowFrames {
  readonly flow: number;
  readonly version: number;
  readonly frames: readonly number[];
  /** Not so: some of its frames cannot be read again. */
  readonly whole: boolean;
}

export class CaptureQueries {
  readonly #catalog: Catalog;
  readonly #rereading: Rereading;
  readonly #packets: PacketRows;
  readonly #services: ServicesOfRows;
  #analysis: Analysis | null = null;
  #ladders: ReportInput['ladders'] = {};
  #findingsOfFlow = new Map<number, Finding[]>();
  #findingsOfFrame = new Map<number, Finding[]>();
  #incidentsOfFinding = new Map<string, string[]>();
  /** Raised whenever rows may have changed. */
  #version = 0;
  #refreshed = 0;
  #refreshedPackets = -1;
  #dns: DnsRow[] = [];
  #dnsVersion = -1;
  #flowOrder: Order | null = null;
  #dnsOrder: Order | null = null;
  #flowFrames: FlowFrames | null = null;
  #filtered: { key: string; frames: number[]; whole: boolean } | null = null;

  constructor(catalog: Catalog, rereading: Rereading) {
    this.#catalog = catalog;
    this.#rereading = rereading;
    this.#packets = new PacketRows(catalog);
    this.#services = new ServicesOfRows(() => catalog.imported);
  }

  /** The latest judgement: what rows cite comes from it. */
  judged({ analysis, ladders }: ReportInput): void {
    this.#analysis = analysis;
    this.#ladders = ladders;
    this.#packets.citations = new Citations(analysis);
    this.#findingsOfFlow = new Map();
    this.#findingsOfFrame = new Map();
    this.#incidentsOfFinding = new Map();
    for (const finding of analysis.findings) {
      if (finding.flow !== null && finding.flow.protocol !== 'icmp') {
        append(this.#findingsOfFlow, finding.flow.id, finding);
      }
      for (const frame of finding.dns?.query.frames ?? []) append(this.#findingsOfFrame, frame, finding);
      for (const answer of finding.dns?.answers ?? []) append(this.#findingsOfFrame, answer.frame, finding);
    }
    for (const incident of analysis.incidents) {
      for (const finding of incident.findings) append(this.#incidentsOfFinding, finding, incident.id);
    }
    this.#version++;
  }

  async answer(name: QueryName, params: unknown, signal: AbortSignal): Promise<unknown> {
    try {
      this.#refresh();
      switch (name) {
        case 'timeline.bins':
          return await this.bins(params as CallParams<'timeline.bins'>, signal);
        case 'flows.page':
          return this.flowsPage(params as PageParams);
        case 'dns.page':
          return this.dnsPage(params as PageParams);
        case 'packets.page':
          return await this.packetsPage(params as PageParams, signal);
        case 'table.facets':
          return this.facets(params as CallParams<'table.facets'>);
        case 'flow.packets':
          return await this.flowPackets(params as CallParams<'flow.packets'>, signal);
        case 'flow.stream':
          return await this.flowStream(params as CallParams<'flow.stream'>, signal);
        case 'flow.capture':
          return await this.flowCapture(params as CallParams<'flow.capture'>, signal);
        case 'report.input':
          if (this.#analysis === null) throw new QueryFailure('still-reading');
          return { analysis: this.#analysis, ladders: this.#ladders } satisfies ReportInput;
        case 'packet.get':
          return await this.packet(params as CallParams<'packet.get'>, signal);
      }
    } catch (error) {
      if (error instanceof Unavailable) throw new QueryFailure('no-longer-available');
      throw error;
    }
  }

  #refresh(): void {
    const { packets } = this.#catalog.reader;
    const now = performance.now();
    if (packets === this.#refreshedPackets || now - this.#refreshed < REFRESH_MS) return;
    this.#refreshed = now;
    this.#refreshedPackets = packets;
    this.#catalog.refresh();
    this.#version++;
  }

  /** Null lets everything through. */
  #test<T extends keyof RowOf>(table: T, text: string): RowFilter<RowOf[T]> | null {
    const flow = (id: number): FlowRow => this.#flowRow(id - this.#catalog.flows.letGo - 1);
    const made = rowFilter(table, text, { analysis: this.#analysis, flow, services: this.#services });
    if (made !== null && 'problem' in made) throw new QueryFailure('bad-filter', made.problem);
    return made;
  }

  // ---- timeline ----

  async bins({ from, to, bins, lanes }: CallParams<'timeline.bins'>, signal: AbortSignal): Promise<Bins> {
    if (!(to > from) || !Number.isFinite(to - from)) throw new QueryFailure('bad-request', { what: 'from, to' });
    const { reader, traffic } = this.#catalog;
    const first = reader.firstTime;
    if (first === null) {
      return { from, to, bytes: new Uint32Array(bins), packets: new Uint32Array(bins), worked: [] };
    }
    const origin = first.seconds + first.nanos / 1e9;
    const isFiner = (to - from) / bins < traffic.width;
    const counted = isFiner ? await this.#counted(from, to, bins, signal) : null;
    const parts = counted ?? traffic.parts(origin + from, origin + to, bins);
    return { from, to, ...parts, worked: this.#worked(from, to, bins, lanes) };
  }

  /** Traffic of a span that is looked at more closely than it was counted: read again. Null where that is too much. */
  async #counted(
    from: number,
    to: number,
    count: number,
    signal: AbortSignal,
  ): Promise<Pick<Bins, 'bytes' | 'packets'> | null> {
    const { marks, reader } = this.#catalog;
    const at = (time: number): number => this.#catalog.offset(time);
    const start = marks.findLast(({ time }) => at(time) < from) ?? { records: 0, position: 0 };
    const end = marks.find(({ time }) => at(time) > to) ?? { records: reader.records, position: reader.position };
    if (end.position - start.position > MAX_COUNTED || end.records > this.#catalog.lastKept) return null;
    const bytes = new Uint32Array(count);
    const packets = new Uint32Array(count);
    try {
      await this.#rereading.visit(start.records + 1, signal, ({ offset, original, number }) => {
        if (offset >= from && offset < to) {
          const bin = Math.min(count - 1, Math.floor(((offset - from) / (to - from)) * count));
          bytes[bin]! += original;
          packets[bin]!++;
        }
        return number < end.records;
      });
    } catch (error) {
      if (error instanceof Unavailable) return null;
      throw error;
    }
    stopIf(signal);
    return { bytes, packets };
  }

  #worked(from: number, to: number, bins: number, by: 'surface' | 'target'): Bins['worked'] {
    const lanes = new Map<string, Uint32Array<ArrayBuffer>>();
    const add = (lane: string | null, offset: number): void => {
      if (lane === null || offset < from || offset >= to) return;
      let counts = lanes.get(lane);
      if (counts === undefined) {
        if (lanes.size >= MAX_LANES) return;
        counts = new Uint32Array(bins);
        lanes.set(lane, counts);
      }
      counts[Math.min(bins - 1, Math.floor(((offset - from) / (to - from)) * bins))]!++;
    };
    const catalog = this.#catalog;
    const { flows } = catalog;
    const targetOf = by === 'target' ? this.#targets() : null;
    for (let row = 0; row < flows.count; row++) {
      if (OUTCOMES[flows.outcome[row]!] !== 'ok' || this.#findingsOfFlow.has(flows.letGo + row + 1)) continue;
      const offset = catalog.offset(flows.firstTime[row]!);
      if (offset < from || offset >= to) continue;
      const application = APPLICATIONS[flows.application[row]!];
      if (application === 'dns' && flows.state[row]! & ROW.udp) continue;
      const server = (flows.state[row]! & ROW.clientLow) === 0;
      const address = catalog.address(row, server);
      const port = catalog.port(row, server);
      const name = catalog.names[flows.name[row]!] || null;
      const transport = application === 'quic' ? 'quic' : flows.state[row]! & ROW.udp ? 'udp' : 'tcp';
      if (targetOf !== null) {
        add(targetOf(name, address, port, transport), offset);
        continue;
      }
      add(this.#services.of(name, address, port, transport)?.surface === 'app' ? 'app' : 'other', offset);
    }
    if (targetOf !== null) {
      for (const row of this.#dnsRows()) {
        const isAnswered =
          row.findings.length === 0 && row.answers.some(({ rcode, addresses }) => rcode === 0 && addresses.length > 0);
        if (isAnswered) add(targetOf(row.name, row.resolver.address, row.resolver.port, 'dns'), row.offset);
      }
    }
    return [...lanes].map(([lane, counts]) => ({ lane, counts }));
  }

  #targets(): (name: string | null, address: string, port: number, transport: string) => string | null {
    const byName = new Map<string, string>();
    const byAddress = new Map<string, string>();
    for (const { id, domain, addresses, port, transport } of this.#analysis?.targets ?? []) {
      if (domain !== null) byName.set(`${domain} ${port} ${transport}`, id);
      for (const address of addresses) {
        const key = `${address} ${port} ${transport}`;
        if (!byAddress.has(key)) byAddress.set(key, id);
      }
    }
    return (name, address, port, transport) =>
      (name === null ? undefined : byName.get(`${name} ${port} ${transport}`)) ??
      (name === null ? byAddress.get(`${address} ${port} ${transport}`) : undefined) ??
      null;
  }

  // ---- flows ----

  #flowRow(row: number): FlowRow {
    const catalog = this.#catalog;
    const { flows } = catalog;
    const state = flows.state[row]!;
    const clientLow = (state & ROW.clientLow) !== 0;
    const endpoint = (low: boolean) => ({ address: catalog.address(row, low), port: catalog.port(row, low) });
    const flow = flows.letGo + row + 1;
    const findings = this.#findingsOfFlow.get(flow) ?? [];
    const offset = catalog.offset(flows.firstTime[row]!);
    return {
      flow,
      protocol: state & ROW.udp ? 'udp' : 'tcp',
      application: APPLICATIONS[flows.application[row]!] ?? null,
      client: endpoint(clientLow),
      server: endpoint(!clientLow),
      name: catalog.names[flows.name[row]!] || null,
      offset,
      duration: Math.max(0, (flows.lastTime[row]! - flows.firstTime[row]!) / 1e9),
      packetsToServer: (clientLow ? flows.packetsLow : flows.packetsHigh)[row]!,
      packetsToClient: (clientLow ? flows.packetsHigh : flows.packetsLow)[row]!,
      bytesToServer: (clientLow ? flows.bytesLow : flows.bytesHigh)[row]!,
      bytesToClient: (clientLow ? flows.bytesHigh : flows.bytesLow)[row]!,
      outcome: OUTCOMES[flows.outcome[row]!]!,
      roundTrip: Number.isNaN(flows.roundTrip[row]!) ? null : flows.roundTrip[row]!,
      findings: findings.map(({ id }) => id),
      incidents: [...new Set(findings.flatMap(({ id }) => this.#incidentsOfFinding.get(id) ?? []))],
    };
  }

  flowsPage({ filter, sort, offset, limit }: PageParams): CallResult<'flows.page'> {
    const order = this.#order('flows', filter, sort);
    const rows: FlowRow[] = [];
    for (let at = offset; at < Math.min(order.rows.length, offset + limit); at++)
      rows.push(this.#flowRow(order.rows[at]!));
    const { tracker } = this.#catalog;
    const whole = this.#catalog.flows.count === tracker.tcpFlows + tracker.udpFlows;
    return { total: order.total, matched: order.rows.length, offset, rows, whole };
  }

  #order(table: 'flows' | 'dns', filter: string, sort: PageParams['sort']): Order {
    const key = `${this.#version} ${this.#catalog.flows.letGo} ${sort?.column ?? ''} ${sort?.descending ?? false} ${filter}`;
    const kept = table === 'flows' ? this.#flowOrder : this.#dnsOrder;
    if (kept?.key === key) return kept;
    const order = table === 'flows' ? this.#flowsInOrder(key, filter, sort) : this.#dnsInOrder(key, filter, sort);
    if (table === 'flows') this.#flowOrder = order;
    else this.#dnsOrder = order;
    return order;
  }

  #flowsInOrder(key: string, filter: string, sort: PageParams['sort']): Order {
    const total = this.#catalog.flows.count;
    const test = this.#test('flows', filter);
    const rows = new Uint32Array(total);
    let matched = 0;
    for (let row = 0; row < total; row++) if (test === null || test(this.#flowRow(row))) rows[matched++] = row;
    const found = rows.subarray(0, matched);
    if (sort !== null) inOrder(found, this.#flowColumn(sort.column), sort.descending);
    return { key, rows: found, total };
  }

  /** What a column is sorted by. */
  #flowColumn(column: string): (row: number) => number | string {
    const { flows, names } = this.#catalog;
    const catalog = this.#catalog;
    const clientLow = (row: number): boolean => (flows.state[row]! & ROW.clientLow) !== 0;
    switch (column) {
      case 'flow':
      case 'offset':
        return (row) => (column === 'flow' ? row : flows.firstTime[row]!);
      case 'client':
        return (row) => addressKey(catalog.address(row, clientLow(row)), catalog.port(row, clientLow(row)));
      case 'server':
        return (row) => addressKey(catalog.address(row, !clientLow(row)), catalog.port(row, !clientLow(row)));
      case 'name':
        return (row) => names[flows.name[row]!]!;
      case 'application':
        return (row) => APPLICATIONS[flows.application[row]!] ?? (flows.state[row]! & ROW.udp ? 'udp' : 'tcp');
      case 'protocol':
        return (row) => flows.state[row]! & ROW.udp;
      case 'packets':
        return (row) => flows.packetsLow[row]! + flows.packetsHigh[row]!;
      case 'bytes':
        return (row) => flows.bytesLow[row]! + flows.bytesHigh[row]!;
      case 'duration':
        return (row) => flows.lastTime[row]! - flows.firstTime[row]!;
      case 'outcome':
        return (row) => OUTCOMES[flows.outcome[row]!]!;
      case 'roundTrip':
        return (row) => (Number.isNaN(flows.roundTrip[row]!) ? -1 : flows.roundTrip[row]!);
      case 'findings':
        return (row) => this.#findingsOfFlow.get(flows.letGo + row + 1)?.length ?? 0;
      default:
        throw new QueryFailure('bad-request', { what: 'sort', column });
    }
  }

  // ---- DNS ----

  #dnsRows(): readonly DnsRow[] {
    if (this.#dnsVersion === this.#version) return this.#dns;
    this.#dnsVersion = this.#version;
    this.#dns = this.#catalog.tracker.dns.all().map((exchange) => this.#dnsRow(exchange));
    return this.#dns;
  }

  #dnsRow(exchange: DnsExchange): DnsRow {
    const frames = [...exchange.queries, ...exchange.answers].map(({ frame }) => frame);
    const findings = [...new Set(frames.flatMap((frame) => this.#findingsOfFrame.get(frame) ?? []))];
    const forged = new Set(
      findings.flatMap(({ dns, frames: cited }) => [
        ...cited.forged,
        ...(dns?.answers.filter((answer) => answer.forged).map((answer) => answer.frame) ?? []),
      ]),
    );
    const catalog = this.#catalog;
    const first = Math.min(...[...exchange.queries, ...exchange.answers].map(({ time }) => time));
    const answers = exchange.answers.map(({ frame, time, rcode, addresses }) => ({
      frame,
      offset: catalog.offset(time),
      rcode,
      addresses: [...addresses],
      forged: forged.has(frame),
    }));
    const said = new Set(answers.map(({ rcode, addresses }) => `${rcode} ${addresses.join(' ')}`));
    return {
      exchange: exchange.id,
      name: exchange.name,
      type: DNS_TYPES[exchange.type] ?? `TYPE${exchange.type}`,
      client: { ...exchange.client },
      resolver: { ...exchange.resolver },
      transport: exchange.transport,
      offset: catalog.offset(first),
      queries: exchange.queries.map(({ frame }) => frame),
      answers,
      disagree: said.size > 1,
      findings: findings.map(({ id }) => id),
    };
  }

  dnsPage({ filter, sort, offset, limit }: PageParams): CallResult<'dns.page'> {
    const order = this.#order('dns', filter, sort);
    const all = this.#dnsRows();
    const rows = [...order.rows.subarray(offset, offset + limit)].map((row) => all[row]!);
    return {
      total: order.total,
      matched: order.rows.length,
      offset,
      rows,
      whole: this.#catalog.tracker.dns.dropped === 0,
    };
  }

  #dnsInOrder(key: string, filter: string, sort: PageParams['sort']): Order {
    const all = this.#dnsRows();
    const test = this.#test('dns', filter);
    const found = Uint32Array.from(all.keys()).filter((row) => test === null || test(all[row]!));
    if (sort !== null) inOrder(found, dnsColumn(all, sort.column), sort.descending);
    return { key, rows: found, total: all.length };
  }

  facets({ table, filter, columns }: CallParams<'table.facets'>): CallResult<'table.facets'> {
    const { rows } = this.#order(table, filter, null);
    const dns = table === 'dns' ? this.#dnsRows() : [];
    return {
      facets: columns.map((column) => {
        const value: (row: number) => number | string | readonly string[] =
          table === 'flows'
            ? this.#flowFacet(column)
            : column === 'service'
              ? (row) => this.#services.ofExchange(dns[row]!)?.service ?? ''
              : dnsFacet(dns, column);
        const counts = new Map<string, number>();
        for (const row of rows) {
          const found = value(row);
          for (const each of typeof found === 'object' ? found : [String(found)]) {
            if (each !== '') counts.set(each, (counts.get(each) ?? 0) + 1);
          }
        }
        const values = [...counts]
          .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
          .map(([text, count]) => ({ value: text, count }));
        return { column, values: values.slice(0, MAX_VALUES), more: Math.max(0, values.length - MAX_VALUES) };
      }),
    };
  }

  #flowFacet(column: string): (row: number) => number | string | readonly string[] {
    const catalog = this.#catalog;
    const { flows } = catalog;
    const clientLow = (row: number): boolean => (flows.state[row]! & ROW.clientLow) !== 0;
    switch (column) {
      case 'client':
      case 'server':
        return (row) => catalog.address(row, clientLow(row) === (column === 'client'));
      case 'port':
        return (row) => catalog.port(row, !clientLow(row));
      case 'protocol':
        return (row) => (flows.state[row]! & ROW.udp ? 'udp' : 'tcp');
      case 'technique':
        return (row) => [
          ...new Set(
            (this.#findingsOfFlow.get(catalog.flows.letGo + row + 1) ?? []).flatMap(({ techniques }) => techniques),
          ),
        ];
      case 'service':
        return (row) => this.#services.ofFlow(this.#flowRow(row))?.service ?? '';
      default:
        return this.#flowColumn(column);
    }
  }

  // ---- packets ----

  async packetsPage(
    { filter, sort, offset, limit }: PageParams,
    signal: AbortSignal,
  ): Promise<CallResult<'packets.page'>> {
    if (sort !== null && sort.column !== 'frame' && sort.column !== 'offset') {
      throw new QueryFailure('bad-request', { what: 'sort', column: sort.column });
    }
    const descending = sort?.descending ?? false;
    // A ring of files lets go what is oldest, a full disk takes no more
    const { firstKept, lastKept, reader } = this.#catalog;
    const records = Math.min(reader.records, lastKept);
    const isWhole = firstKept === 1 && records === reader.records;
    const total = records - firstKept + 1;
    const test = this.#test('packets', filter);
    if (test === null) {
      const first = descending ? Math.max(firstKept, records - offset - limit + 1) : firstKept + offset;
      const last = descending ? records - offset : Math.min(records, firstKept + offset + limit - 1);
      const rows = await this.#framesFrom(first, last, signal);
      return { total, matched: total, offset, rows: descending ? rows.reverse() : rows, whole: isWhole };
    }
    const { frames, whole } = await this.#matching(filter, test, signal);
    const numbers = descending
      ? frames.slice(Math.max(0, frames.length - offset - limit), Math.max(0, frames.length - offset)).reverse()
      : frames.slice(offset, offset + limit);
    return { total, matched: frames.length, offset, rows: await this.#rowsOf(numbers, signal), whole };
  }

  /** Every frame number from `first` to `last`; records that hold no packet as rows that say so. */
  async #framesFrom(first: number, last: number, signal: AbortSignal): Promise<PacketRow[]> {
    const rows: PacketRow[] = [];
    if (last < first) return rows;
    let offset = 0;
    await this.#rereading.visit(first, signal, (frame) => {
      for (let missing = first + rows.length; missing < frame.number && missing <= last; missing++) {
        rows.push(this.#packets.missing(missing, frame.offset));
      }
      if (frame.number <= last) rows.push(this.#packets.row(frame));
      offset = frame.offset;
      return frame.number < last;
    });
    stopIf(signal);
    for (let missing = first + rows.length; missing <= last; missing++)
      rows.push(this.#packets.missing(missing, offset));
    return rows;
  }

  /** Rows of single frames, in the order asked for. */
  async #rowsOf(numbers: readonly number[], signal: AbortSignal): Promise<PacketRow[]> {
    const found = new Map<number, PacketRow>();
    await this.#each(numbers, signal, (frame) => void found.set(frame.number, this.#packets.row(frame)));
    return numbers.flatMap((number) => found.get(number) ?? []);
  }

  /** Visits single frames, going on from one to the next where they lie between the same two marks. */
  async #each(numbers: readonly number[], signal: AbortSignal, visitor: (frame: VisitedFrame) => void): Promise<void> {
    const sorted = [...new Set(numbers)].sort((a, b) => a - b);
    for (let at = 0; at < sorted.length; ) {
      const mark = this.#catalog.markBefore(sorted[at]!);
      let last = at;
      while (last + 1 < sorted.length && this.#catalog.markBefore(sorted[last + 1]!) === mark) last++;
      let next = at;
      await this.#rereading.visit(sorted[at]!, signal, (frame) => {
        while (next <= last && sorted[next]! < frame.number) next++;
        if (next <= last && sorted[next] === frame.number) {
          visitor(frame);
          next++;
        }
        return next <= last;
      });
      stopIf(signal);
      at = last + 1;
    }
  }

  async #matching(
    filter: string,
    test: RowFilter<PacketRow>,
    signal: AbortSignal,
  ): Promise<{ frames: number[]; whole: boolean }> {
    const key = `${this.#version} ${filter}`;
    if (this.#filtered?.key === key) return this.#filtered;
    const frames: number[] = [];
    const { firstKept, lastKept, reader } = this.#catalog;
    let whole = firstKept === 1 && reader.records <= lastKept;
    await this.#rereading.visit(firstKept, signal, (frame) => {
      if (!test(this.#packets.row(frame))) return true;
      if (frames.length >= MAX_KEPT_FRAMES) {
        whole = false;
        return false;
      }
      frames.push(frame.number);
      return true;
    });
    stopIf(signal);
    this.#filtered = { key, frames, whole };
    return this.#filtered;
  }

  async #framesOfFlow(flow: number, signal: AbortSignal): Promise<FlowFrames> {
    const { flows, marks, firstKept, lastKept, reader } = this.#catalog;
    const row = flow - flows.letGo - 1;
    if (row >= flows.count) throw new QueryFailure('unknown-flow', { flow });
    if (row < 0) throw new QueryFailure('no-longer-available');
    if (this.#flowFrames?.flow === flow && this.#flowFrames.version === this.#version) return this.#flowFrames;
    const version = this.#version;
    const frames: number[] = [];
    // Copies that the capture made are no packets of the flow but stand among its frames
    const expected = flows.packetsLow[row]! + flows.packetsHigh[row]!;
    const over = marks.find(
      ({ time, records }) => time > flows.lastTime[row]! + 1e9 && records >= flows.firstFrame[row]!,
    );
    let counted = 0;
    await this.#rereading.visit(Math.max(firstKept, flows.firstFrame[row]!), signal, (frame) => {
      if (this.#packets.flowOf(frame) === flow) {
        frames.push(frame.number);
        if (!this.#catalog.isCopied(frame.number)) counted++;
      }
      const isOver = counted >= expected && over !== undefined && frame.number > over.records;
      return !isOver && frames.length < MAX_KEPT_FRAMES;
    });
    stopIf(signal);
    const whole = firstKept <= flows.firstFrame[row]! && (reader.records <= lastKept || counted >= expected);
    this.#flowFrames = { flow, version, frames, whole };
    return this.#flowFrames;
  }

  async flowPackets(params: CallParams<'flow.packets'>, signal: AbortSignal): Promise<CallResult<'flow.packets'>> {
    const { flow, offset, limit } = params;
    const { frames, whole } = await this.#framesOfFlow(flow, signal);
    const rows = await this.#rowsOf(frames.slice(offset, offset + limit), signal);
    const row = flow - this.#catalog.flows.letGo - 1;
    // Its row may have gone while the frames were read
    if (row < 0) throw new QueryFailure('no-longer-available');
    return { flow: this.#flowRow(row), total: frames.length, offset, rows, whole };
  }

  async flowStream(params: CallParams<'flow.stream'>, signal: AbortSignal): Promise<CallResult<'flow.stream'>> {
    const { frames } = await this.#framesOfFlow(params.flow, signal);
    const stream = new StreamOfFlow(params.limit);
    await this.#each(frames, signal, (frame) => {
      if (stream.cut || this.#catalog.isCopied(frame.number)) return;
      const row = this.#packets.row(frame);
      const payload = this.#packets.payload();
      if (payload === null || payload.length === 0) return;
      const bytes = frame.bytes.slice(payload.start, payload.end);
      const isForged = row.role === 'forged';
      stream.add({
        row,
        bytes,
        length: payload.length,
        seq: row.tcp === null ? null : payload.seq + (payload.flags & TCP_FLAG.syn ? 1 : 0),
        isForged,
      });
    });
    return stream.result();
  }

  async flowCapture(params: CallParams<'flow.capture'>, signal: AbortSignal): Promise<CallResult<'flow.capture'>> {
    const { frames } = await this.#framesOfFlow(params.flow, signal);
    // A file of nothing would look like a flow without packets
    if (frames.length === 0) throw new QueryFailure('no-longer-available');
    const writer = new PcapngWriter();
    const pieces: Uint8Array[] = [writer.section({ application: `Blockscope ${VERSION}` })];
    const interfaces: number[] = [];
    let size = pieces[0]!.length;
    let written = 0;
    let isCut = false;
    await this.#each(frames, signal, ({ bytes, start, captured, original, number, seconds, nanos, linkType }) => {
      if (isCut) return;
      const found = interfaces.indexOf(linkType);
      const made: Uint8Array[] = found < 0 ? [writer.interface({ linkType })] : [];
      const packet = bytes.subarray(start, start + captured);
      // The numbers of the whole capture, by which everything else names its frames
      const comment = `frame ${number}`;
      const iface = found < 0 ? interfaces.length : found;
      made.push(writer.frame({ seconds, nanos, bytes: packet, original, comment }, iface));
      const more = made.reduce((sum, { length }) => sum + length, 0);
      if (size + more > params.limit) {
        isCut = true;
        return;
      }
      if (found < 0) interfaces.push(linkType);
      pieces.push(...made);
      size += more;
      written++;
    });
    return { bytes: joined(pieces), frames: written, cut: isCut };
  }

  async packet({ frame }: CallParams<'packet.get'>, signal: AbortSignal): Promise<CallResult<'packet.get'>> {
    if (frame > this.#catalog.reader.records) throw new QueryFailure('unknown-frame', { frame });
    let found: Omit<CallResult<'packet.get'>, 'baseline'> | null = null;
    await this.#each([frame], signal, (visited) => {
      const bytes = visited.bytes.slice(visited.start, visited.start + visited.captured);
      found = {
        packet: this.#packets.row(visited),
        linkType: visited.linkType,
        bytes,
        fields: fieldTree(bytes, visited.linkType, visited.original),
      };
    });
    if (found === null) throw new QueryFailure('unknown-frame', { frame });
    const whole: Omit<CallResult<'packet.get'>, 'baseline'> = found;
    const isEncrypted = whole.fields.some(({ name, children }) => name === 'tls' && children?.some(isApplicationData));
    if (isEncrypted && whole.packet.flow !== null && (await this.#agreedOnTls13(whole.packet.flow, frame, signal)))
      whole.fields = fieldTree(whole.bytes, whole.linkType, whole.packet.length, { isTls13: true });
    return { ...whole, baseline: await this.#baseline(whole.packet, signal) };
  }

  /** Which version a connection speaks, one frame of it does not say: its ServerHello does. */
  async #agreedOnTls13(flow: number, before: number, signal: AbortSignal): Promise<boolean> {
    const { flows } = this.#catalog;
    const first = flows.firstFrame[flow - flows.letGo - 1] ?? before;
    let version = 0;
    await this.#rereading.visit(first, signal, (visited) => {
      if (visited.number >= before || visited.number - first > MAX_HELLO_FRAMES) return false;
      if (this.#packets.flowOf(visited) !== flow) return true;
      const payload = this.#packets.payload();
      if (payload === null || payload.end - payload.start < 5 || visited.bytes[payload.start] !== 22) return true;
      version = scanTls(visited.bytes, payload.start, payload.end).serverHello?.selectedVersion ?? 0;
      return version === 0;
    });
    stopIf(signal);
    return version === 0x0304;
  }

  /** The genuine packet to hold beside a forged one: of its flow the last before it from the same sender, else what the finding cites. */
  async #baseline(packet: PacketRow, signal: AbortSignal): Promise<{ frame: number; sameFlow: boolean } | null> {
    if (packet.role !== 'forged') return null;
    const findings = (this.#analysis?.findings ?? []).filter(({ frames }) => frames.forged.includes(packet.frame));
    const forged = new Set(findings.flatMap(({ frames }) => frames.forged));
    const candidates = [
      ...new Set(findings.flatMap(({ frames }) => [...frames.genuine, ...frames.affected, ...frames.trigger])),
    ];
    const isSame = (row: PacketRow): boolean =>
      row.source?.address === packet.source?.address &&
      row.source?.port === packet.source?.port &&
      !forged.has(row.frame);
    const cited = (await this.#rowsOf(candidates, signal)).filter(isSame);
    let best = closest(
      cited.filter(({ flow }) => flow === packet.flow),
      packet.frame,
    );
    if (best === null && packet.flow !== null) {
      const { frames } = await this.#framesOfFlow(packet.flow, signal);
      const near = frames.filter((frame) => frame !== packet.frame).slice(0, 64);
      best = closest(
        (await this.#rowsOf(near, signal)).filter((row) => isSame(row) && row.role !== 'forged'),
        packet.frame,
      );
    }
    if (best !== null) return { frame: best, sameFlow: true };
    const other = closest(cited, packet.frame);
    return other === null ? null : { frame: other, sameFlow: false };
  }
}

function closest(rows: readonly PacketRow[], frame: number): number | null {
  let best: number | null = null;
  for (const row of rows) {
    if (best === null || Math.abs(row.frame - frame) < Math.abs(best - frame)) best = row.frame;
  }
  return best;
}

function dnsColumn(rows: readonly DnsRow[], column: string): (row: number) => number | string {
  switch (column) {
    case 'exchange':
    case 'offset':
      return (row) => rows[row]![column];
    case 'name':
    case 'type':
    case 'transport':
      return (row) => rows[row]![column];
    case 'client':
    case 'resolver':
      return (row) => addressKey(rows[row]![column].address, rows[row]![column].port);
    case 'answers':
      return (row) => rows[row]!.answers.length;
    case 'findings':
      return (row) => rows[row]!.findings.length;
    default:
      throw new QueryFailure('bad-request', { what: 'sort', column });
  }
}

function dnsFacet(rows: readonly DnsRow[], column: string): (row: number) => number | string | readonly string[] {
  switch (column) {
    case 'client':
    case 'resolver':
      return (row) => rows[row]![column].address;
    case 'rcode':
      return (row) => [...new Set(rows[row]!.answers.map(({ rcode }) => String(rcode)))];
    default:
      return dnsColumn(rows, column);
  }
}

/** Sorts by a column; equal values keep their order. */
function inOrder(rows: Uint32Array, column: (row: number) => number | string, descending: boolean): void {
  const keys = new Map<number, number | string>();
  for (const row of rows) keys.set(row, column(row));
  const sign = descending ? -1 : 1;
  rows.sort((a, b) => {
    const x = keys.get(a)!;
    const y = keys.get(b)!;
    return x < y ? -sign : x > y ? sign : a - b;
  });
}

/** Addresses in their own order: IPv4 by number, before IPv6. */
function addressKey(address: string, port: number): string {
  const parts = address.split('.');
  const text = parts.length === 4 ? `4${parts.map((part) => part.padStart(3, '0')).join('')}` : `6${address}`;
  return `${text} ${String(port).padStart(5, '0')}`;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new QueryFailure('cancelled');
}
