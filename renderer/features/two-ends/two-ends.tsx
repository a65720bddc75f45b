// Two captures of one connection, one from each end: the verdict, the way between them with the clocks, each connection
// with what was forged, dropped or changed on the way, and what the two say of the findings of either.

import './two-ends.css';
import { type ReactNode, useState } from 'react';
import type { ComparedConnection, ComparisonFinding, ComparisonView } from '../../../shared/contract/comparison.ts';
import type { ComparisonVerdictParams } from '../../../shared/domain/statements.ts';
import { comparisonSentence } from '../../../shared/i18n/comparison/words.ts';
import { sentence, serviceName } from '../../../shared/i18n/words.ts';
import { chooseFiles, openSample } from '../../app/opening.ts';
import { shellWords } from '../../app/words.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { hostPort, visibleAll } from '../../ui/format.ts';
import { useApp, useAppStore, useCall, useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useProse, useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { type Ends, Ladder } from './ladder.tsx';
import { lengthText, madeAt, offsetText, routersBetween } from './way.ts';
import { comparisonWords, twoEndsWords } from './words.ts';

/** Connections shown with their packets; the others stand in the table. */
const SHOWN = 20;
const LISTED = 100;
const READY = ['done', 'cancelled'];
type Role = 'client' | 'server' | null;

export function TwoEnds({ a, b }: { readonly a: string | null; readonly b: string | null }) {
  const words = useWords(twoEndsWords);
  const captures = useApp((state) => state.captures);
  const [role, setRole] = useState<Role>(null);
  const of = (id: string | null) => captures.find(({ capture }) => capture === id) ?? null;
  // Where nothing is chosen yet, the first two
  const first = of(a) ?? (a === null ? (captures[0] ?? null) : null);
  const second = of(b) ?? (b === null ? (captures.find((each) => each !== first) ?? null) : null);
  const isReady = first !== null && second !== null && first !== second;
  const isRead = isReady && READY.includes(first.state) && READY.includes(second.state);
  return (
    <section className="two-ends">
      <h1>{words.title}</h1>
      <p className="two-ends-lead">{captures.length < 2 ? words.needTwo : words.lead}</p>
      <Choice a={first?.capture ?? null} b={second?.capture ?? null} role={role} setRole={setRole} />
      <div aria-live="polite">
        {captures.length >= 2 && !isReady ? <p className="sec">{words.same}</p> : null}
        {isReady && !isRead ? <p className="sec">{words.reading}</p> : null}
      </div>
      {isRead ? (
        <Result
          key={`${first.capture} ${second.capture} ${role}`}
          ends={{ a: first.capture, b: second.capture }}
          names={{ a: first.name, b: second.name }}
          role={role}
        />
      ) : null}
    </section>
  );
}

interface ChoiceProps {
  readonly a: string | null;
  readonly b: string | null;
  readonly role: Role;
  readonly setRole: (role: Role) => void;
}

function Choice({ a, b, role, setRole }: ChoiceProps) {
  const words = useWords(twoEndsWords);
  const store = useAppStore();
  const go = useRoute((state) => state.go);
  const captures = useApp((state) => state.captures);
  const pair = useApp((state) => state.info?.samples.find(({ otherEnd }) => otherEnd) ?? null);
  const put = (first: string | null, second: string | null): void => go({ screen: 'two-ends', a: first, b: second });
  const select = (label: string, value: string | null, chosen: (id: string) => void): ReactNode => (
    <label>
      {label}
      <select value={value ?? ''} onChange={(event) => chosen(event.target.value)}>
        {value === null ? <option value="">{words.choose}</option> : null}
        {captures.map(({ capture, name }) => (
          <option key={capture} value={capture}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div className="two-ends-choice">
      {captures.length < 2 ? null : (
        <>
          {select(words.captureA, a, (id) => put(id, b))}
          {select(words.captureB, b, (id) => put(a, id))}
          <label>
            {words.where}
            <select value={role ?? ''} onChange={(event) => setRole((event.target.value || null) as Role)}>
              <option value="">{words.whereAuto}</option>
              <option value="client">{words.whereClient}</option>
              <option value="server">{words.whereServer}</option>
            </select>
          </label>
          <button
            type="button"
            className="button"
            onClick={() => {
              if (role !== null) setRole(role === 'client' ? 'server' : 'client');
              put(b, a);
            }}
          >
            {words.swap}
          </button>
        </>
      )}
      <button type="button" className="button" onClick={() => void chooseFiles(store)}>
        {words.open}
      </button>
      {pair === null || captures.length >= 2 ? null : (
        <button type="button" className="button primary" onClick={() => void openSample(store, pair)}>
          {words.trySample}
        </button>
      )}
    </div>
  );
}

interface ResultProps {
  readonly ends: Ends;
  readonly names: Ends;
  readonly role: Role;
}

function Result({ ends, names, role }: ResultProps) {
  const words = useWords(twoEndsWords);
  const shell = useWords(shellWords);
  const [tries, setTries] = useState(0);
  const asked = useCall('captures.compare', { ...ends, aRole: role }, tries);
  if (asked.state === 'failed') {
    return (
      <div className="empty">
        <p>{shell.failure[asked.failure.code]}</p>
        <button type="button" className="button" onClick={() => setTries(tries + 1)}>
          {words.again}
        </button>
      </div>
    );
  }
  if (asked.result === null) {
    return (
      <p className="sec" role="status">
        {words.comparing}
      </p>
    );
  }
  // Names in a capture are the interferer's to choose; none may rearrange the page
  return <Compared view={visibleAll(asked.result)} ends={ends} names={names} />;
}

function Compared({ view, ends, names }: { readonly view: ComparisonView; readonly ends: Ends; readonly names: Ends }) {
  const words = useWords(twoEndsWords);
  const comparison = useWords(comparisonWords);
  const prose = useProse();
  const { findings, connections, notes } = view;
  const found = connections.filter((connection) => connection.findings.length > 0).slice(0, SHOWN);
  const of = ({ id }: ComparedConnection) => findings.filter(({ connection }) => connection === id);
  const others = connections.filter((connection) => !found.includes(connection));
  return (
    <>
      <Verdict view={view} />
      {view.verdict.kind === 'nothing-in-common' || view.verdict.kind === 'unreadable' ? null : (
        <Way view={view} names={names} />
      )}
      {notes.length === 0 ? null : (
        <div className="two-ends-block">
          <h2>{words.notes}</h2>
          <ul className="two-ends-notes">
            {notes.map(({ kind, params }) => (
              <li key={`${kind} ${JSON.stringify(params)}`}>
                {prose(comparisonSentence(comparison, 'note', kind, params))}
              </li>
            ))}
          </ul>
        </div>
      )}
      {found.length === 0 ? null : (
        <div className="two-ends-block">
          <h2>{words.findings}</h2>
          {found.map((connection) => (
            <section
              key={connection.id}
              className={connection.ladder.length === 0 ? 'two-ends-connection' : 'two-ends-connection beside'}
            >
              <ConnectionTitle connection={connection} />
              <div className="two-ends-said">
                {of(connection).map((finding) => (
                  <Finding key={finding.id} finding={finding} ends={ends} />
                ))}
              </div>
              {connection.ladder.length === 0 ? null : (
                <Ladder connection={connection} captures={ends} findings={of(connection)} />
              )}
            </section>
          ))}
        </div>
      )}
      <Reviews view={view} ends={ends} names={names} />
      {others.length === 0 ? null : <Others connections={others} more={view.more} />}
    </>
  );
}

function Verdict({ view }: { readonly view: ComparisonView }) {
  const words = useWords(twoEndsWords);
  const comparison = useWords(comparisonWords);
  const prose = useProse();
  const { kind, params } = view.verdict;
  const said = params as unknown as ComparisonVerdictParams;
  const lead: string | undefined = Object.hasOwn(words.leads, kind)
    ? words.leads[kind as keyof typeof words.leads]
    : undefined;
  return (
    <div className="two-ends-verdict" role="status">
      {view.findings.length === 0 ? null : <ConfidenceWord confidence={said.confidence} />}
      <p>{prose(comparison.verdict[kind](said))}</p>
      {lead === undefined ? null : <span className="sec">{lead}</span>}
    </div>
  );
}

/** Keeps its own direction inside a line of the other one. */
function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

const BAR = { width: 520, height: 56, y: 26, from: 12, to: 508 };
/** More dots than this would run into each other. */
const MOST_DOTS = 30;

/** The captures at both ends of a line, with the routers between them and the place at which packets were made. */
function Way({ view, names }: { readonly view: ComparisonView; readonly names: Ends }) {
  const words = useWords(twoEndsWords);
  const number = useNumber();
  const { alignment } = view;
  const routers = routersBetween(view.connections);
  const isStopped = ({ claim }: ComparisonFinding): boolean => claim === 'never-arrived';
  const made = madeAt(view.findings.filter((finding) => !isStopped(finding)));
  const stopped = madeAt(view.findings.filter(isStopped)).filter((share) => !made.includes(share));
  const near = view.connections.find((connection) => connection.near !== null)?.near ?? null;
  const side = (which: 'a' | 'b'): string =>
    near === null ? '' : near === which ? words.clientSide : words.serverSide;
  const at = (share: number): number => BAR.from + share * (BAR.to - BAR.from);
  const dots =
    routers === null || routers > MOST_DOTS ? [] : Array.from({ length: routers }, (_, i) => (i + 1) / (routers + 1));
  const offset = alignment === null ? null : offsetText(alignment.offset);
  return (
    <div className="two-ends-block">
      <div className="two-ends-path ltr">
        <span className="two-ends-path-end">
          <b>A</b>
          <bdi className="m">{names.a}</bdi>
          <bdi className="mut">{side('a')}</bdi>
        </span>
        <svg viewBox={`0 0 ${BAR.width} ${BAR.height}`} height={BAR.height} aria-hidden="true">
          <path className="two-ends-life" d={`M${BAR.from} ${BAR.y}H${BAR.to}`} />
          {[BAR.from, BAR.to].map((x) => (
            <path key={x} className="two-ends-stop" d={`M${x - 5} ${BAR.y - 9}h10v18h-10Z`} />
          ))}
          {dots.map((share) => (
            <circle key={share} className="two-ends-hop" cx={at(share)} cy={BAR.y} r="3" />
          ))}
          {[...made, ...stopped].map((share) => (
            <g key={share}>
              <path className="two-ends-made" d={`M${at(share)} 10V42`} />
              <path
                className="two-ends-stop"
                d={
                  stopped.includes(share)
                    ? `M${at(share) - 2} ${BAR.y - 8}h4v16h-4Z`
                    : `M${at(share)} ${BAR.y - 6}l6 6l-6 6l-6 -6Z`
                }
              />
              <text x={at(share)} y="54" textAnchor="middle">
                {stopped.includes(share) ? words.place.stopped : words.place.made}
              </text>
            </g>
          ))}
          <text x={BAR.width / 2} y="9" textAnchor="middle">
            {routers === null ? words.place.unknown : words.place.routers(number(routers))}
          </text>
        </svg>
        <span className="two-ends-path-end">
          <b>B</b>
          <bdi className="m">{names.b}</bdi>
          <bdi className="mut">{side('b')}</bdi>
        </span>
      </div>
      {alignment === null || offset === null ? (
        <p className="sec">{words.clocks.none}</p>
      ) : (
        <dl className="two-ends-facts">
          <Fact term={words.clocks.title}>
            {words.clocks[offset.behind ? 'behind' : 'ahead'](isolated(offset.text))}
            {Math.abs(alignment.drift) < 5e-8
              ? ''
              : `, ${words.clocks.drift(isolated(`${(alignment.drift * 1e6).toFixed(1)} ppm`))}`}
          </Fact>
          <Fact term={words.clocks.spread}>
            <bdi>{lengthText(alignment.spread)}</bdi>
          </Fact>
          <Fact term={words.clocks.matched}>{number(alignment.matched)}</Fact>
          {alignment.roundTrip === null ? null : (
            <Fact term={words.clocks.roundTrip}>
              <bdi>{lengthText(alignment.roundTrip)}</bdi>
            </Fact>
          )}
        </dl>
      )}
      {view.findings.length > 0 && made.length + stopped.length === 0 ? (
        <p className="sec">{words.place.nowhere}</p>
      ) : null}
    </div>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ConnectionTitle({ connection }: { readonly connection: ComparedConnection }) {
  const engine = useEngineWords();
  const { name, service, a, b } = connection;
  const { client, server } = (a ?? b)!;
  return (
    <h3>
      {name === null ? null : <bdi className="strong">{name}</bdi>}
      {service === null ? null : <bdi className="sec">{serviceName(engine, service)}</bdi>}
      <bdi className="m sec ltr">
        {hostPort(client.address, client.port)} → {hostPort(server.address, server.port)}
      </bdi>
    </h3>
  );
}

function Finding({ finding, ends }: { readonly finding: ComparisonFinding; readonly ends: Ends }) {
  const words = useWords(twoEndsWords);
  const comparison = useWords(comparisonWords);
  const prose = useProse();
  const engine = useEngineWords();
  const number = useNumber();
  const { claim, interference, direction, sender, frames, evidence, alternatives, place, confidence } = finding;
  const packets = Math.max(frames.a.length, frames.b.length);
  const against = evidence.filter(({ role }) => role === 'contradicts');
  const { hopsFromA, hopsFromB, basis } = place;
  return (
    <article className="two-ends-finding">
      <div className="two-ends-how-sure">
        <ConfidenceWord confidence={confidence} />
        <FramesOf frames={frames} ends={ends} />
      </div>
      <p className="two-ends-claim">
        {prose(comparison.claim[claim]({ interference, toServer: direction === 'to-server', sender, packets }))}
      </p>
      <ul>
        {evidence
          .filter(({ role }) => role !== 'contradicts')
          .map(({ kind, params }) => (
            <li key={`${kind} ${JSON.stringify(params)}`}>
              {comparisonSentence(comparison, 'evidence', kind, params)}
            </li>
          ))}
      </ul>
      {against.length === 0 ? null : (
        <>
          <h4 className="mut">{words.against}</h4>
          <ul>
            {against.map(({ kind, params }) => (
              <li key={`${kind} ${JSON.stringify(params)}`}>
                {comparisonSentence(comparison, 'evidence', kind, params)}
              </li>
            ))}
          </ul>
        </>
      )}
      {alternatives.length === 0 ? null : (
        <details open={alternatives.some(({ status }) => status === 'open')}>
          <summary>{words.alternatives}</summary>
          <ul>
            {alternatives.map(({ kind, status, params }) => (
              <li key={kind}>
                {sentence(engine, 'alternative', kind, params)} <span className="mut">{words.status[status]}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {hopsFromA === null || hopsFromB === null ? null : (
        <p className="sec">
          {words.place.from(number(hopsFromA), number(hopsFromB))}: {comparison.basis[basis]}
        </p>
      )}
    </article>
  );
}

function FramesOf({ frames, ends }: { readonly frames: ComparisonFinding['frames']; readonly ends: Ends }) {
  const go = useRoute((state) => state.go);
  const shown = (['a', 'b'] as const).filter((side) => frames[side].length > 0);
  return (
    <span className="ltr m">
      {shown.map((side) => (
        <span key={side}>
          {side.toUpperCase()}{' '}
          {frames[side].slice(0, 6).map((frame) => (
            <button
              key={frame}
              type="button"
              className="link m"
              onClick={() => go({ screen: 'packets', capture: ends[side], item: String(frame) })}
            >
              {frame}{' '}
            </button>
          ))}
          {frames[side].length > 6 ? '… ' : ''}
        </span>
      ))}
    </span>
  );
}

function Reviews({ view, ends, names }: { readonly view: ComparisonView; readonly ends: Ends; readonly names: Ends }) {
  const words = useWords(twoEndsWords);
  const comparison = useWords(comparisonWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const views = useApp((state) => state.views);
  if (view.reviews.length === 0) return null;
  return (
    <div className="two-ends-block">
      <h2>{words.alone}</h2>
      <table className="two-ends-table">
        <thead>
          <tr>
            <th scope="col">{words.finding}</th>
            <th scope="col">{words.supposed}</th>
            <th scope="col">{words.says}</th>
          </tr>
        </thead>
        <tbody>
          {view.reviews.slice(0, LISTED).map(({ side, finding, state }) => {
            const own = views[ends[side]]?.findings.find(({ id }) => id === finding);
            const incident = views[ends[side]]?.incidents.find(({ findings }) => findings.includes(finding));
            const title = `${side.toUpperCase()} ${finding}`;
            return (
              <tr key={title}>
                <td>
                  {incident === undefined ? (
                    <span className="m">{title}</span>
                  ) : (
                    <button
                      type="button"
                      className="link m"
                      title={names[side]}
                      onClick={() => go({ screen: 'incidents', capture: ends[side], item: incident.id })}
                    >
                      {title}
                    </button>
                  )}
                </td>
                <td>
                  {own === undefined ? null : (
                    <>
                      {engine.interference[own.interference.kind]} <ConfidenceWord confidence={own.confidence} />
                    </>
                  )}
                </td>
                <td className={state === 'open' ? 'mut' : 'strong'}>{comparison.review[state]}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Others({ connections, more }: { readonly connections: readonly ComparedConnection[]; readonly more: number }) {
  const words = useWords(twoEndsWords);
  const comparison = useWords(comparisonWords);
  const number = useNumber();
  const rest = Math.max(0, connections.length - LISTED) + more;
  return (
    <div className="two-ends-block">
      <h2>{words.others}</h2>
      <table className="two-ends-table">
        <thead>
          <tr>
            <th scope="col">{words.connection}</th>
            <th scope="col">{words.state}</th>
            <th scope="col" className="num">
              {words.inBoth}
            </th>
            <th scope="col" className="num">
              {words.lost}
            </th>
            <th scope="col" className="num">
              {words.missed}
            </th>
          </tr>
        </thead>
        <tbody>
          {connections.slice(0, LISTED).map((connection) => {
            const { id, name, a, b, state, matched, lost, missed } = connection;
            const { server } = (a ?? b)!;
            return (
              <tr key={id}>
                <td>
                  {name === null ? null : <bdi>{name}</bdi>}{' '}
                  <bdi className="m mut ltr">{hostPort(server.address, server.port)}</bdi>
                </td>
                <td>{comparison.state[state]}</td>
                <td className="num">{number(matched)}</td>
                <td className="num">{number(lost.fromA + lost.fromB)}</td>
                <td className="num">{number(missed.a + missed.b)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rest > 0 ? <p className="mut">{words.more(number(rest))}</p> : null}
    </div>
  );
}
