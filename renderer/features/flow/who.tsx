// Beside the ladder: who sent it, where packets "from the server" came from, and how to read it in plain words.

import type { Finding } from '../../../shared/contract/analysis.ts';
import type { FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import type { Technique } from '../../../shared/domain/vocabulary.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { frameRuns } from '../../ui/format.ts';
import { useRoute, useView } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark, MarkShape } from '../../ui/mark.tsx';
import { compared, copiesOf, genuineOf } from './compare.ts';
import { ForgedTag, useForgery } from './forged.tsx';
import { flowWords } from './words.ts';

/** The technique that forging packets is, of those a finding has; its mark stands where a forged packet begins. */
export function techniqueOf(finding: Finding | undefined): Technique {
  const forging = finding?.techniques.find((technique) => FORGING.includes(technique));
  return forging ?? finding?.techniques[0] ?? 'rst-injection';
}

const FORGING: readonly Technique[] = ['rst-injection', 'dns-poisoning', 'http-blockpage', 'data-injection'];

export function WhoSent({
  capture,
  packets,
  finding,
}: {
  readonly capture: string;
  readonly packets: readonly PacketRow[];
  readonly finding: Finding | undefined;
}) {
  const words = useWords(flowWords);
  const go = useRoute((state) => state.go);
  const forgeryOfPacket = useForgery(capture);
  const forged = packets.find(({ role }) => role === 'forged');
  if (forged === undefined) return <p className="sec">{words.nothingForged}</p>;
  const forgery = forgeryOfPacket(forged);
  const genuine = genuineOf(packets, forged);
  const copies = copiesOf(packets, forged).map(({ frame }) => frame);
  const sort =
    forged.tcp === null ? 'answer' : /R/.test(forged.tcp.flags) ? 'reset' : /F/.test(forged.tcp.flags) ? 'end' : 'data';
  return (
    <>
      <h2>{words.whoSent[sort]}</h2>
      {genuine === null ? (
        <p className="sec">{words.noGenuine}</p>
      ) : (
        <>
          <p className="sec">{words.whoWhat}</p>
          <table className="compared">
            <thead>
              <tr>
                <td />
                <th scope="col">
                  {forged.fromClient === true ? words.client : words.server},{' '}
                  <button
                    type="button"
                    className="link m"
                    onClick={() => go({ screen: 'packets', capture, item: String(genuine.frame) })}
                  >
                    #{genuine.frame}
                  </button>
                </th>
                <td />
                <th scope="col">
                  <ForgedTag forgery={forgery} />{' '}
                  <button
                    type="button"
                    className="link m"
                    onClick={() => go({ screen: 'packets', capture, item: String(forged.frame) })}
                  >
                    #<bdi>{frameRuns(copies, 2).text}</bdi>
                  </button>
                </th>
              </tr>
            </thead>
            <tbody>
              {compared(packets, genuine, forged).map(({ field, genuine: own, forged: other, equal }) => (
                <tr key={field} className={equal ? 'equal' : 'differs'}>
                  <th scope="row">{words.field[field]}</th>
                  <td className="m">
                    <bdi>{own}</bdi>
                  </td>
                  <td className="m sign">
                    <span aria-hidden="true">{equal ? '=' : '≠'}</span>
                    <span className="silent">{equal ? words.equal : words.different}</span>
                  </td>
                  <td className={forgery === 'forged' ? 'm hatch' : 'm'}>
                    <bdi>{other}</bdi>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <Ttls packets={packets} forged={forged} finding={finding} />
    </>
  );
}

/** Packets of one direction in the picture of TTLs; the nearest to the forged one. */
const MOST_POINTS = 24;
const PLOT = { left: 40, width: 280, top: 12, height: 60 };

function Ttls({
  packets,
  forged,
  finding,
}: {
  readonly packets: readonly PacketRow[];
  readonly forged: PacketRow;
  readonly finding: Finding | undefined;
}) {
  const words = useWords(flowWords);
  const same = packets.filter(({ fromClient, ttl }) => fromClient === forged.fromClient && ttl !== null);
  const first = Math.max(0, same.indexOf(forged) - MOST_POINTS / 2);
  const shown = same.slice(first, first + MOST_POINTS);
  const values = [...new Set(shown.map(({ ttl }) => ttl!))].sort((a, b) => b - a);
  const [most, least] = [values[0]!, values.at(-1)!];
  const y = (ttl: number): number =>
    PLOT.top + (most === least ? PLOT.height / 2 : ((most - ttl) / (most - least)) * PLOT.height);
  const x = (at: number): number => PLOT.left + ((at + 0.5) * PLOT.width) / shown.length;
  // Labels that would stand on each other are left out; the table beside the ladder has every value
  const labels = values.filter((value, at) => at === 0 || Math.abs(y(value) - y(values[at - 1]!)) >= 12);
  const every = Math.ceil(shown.length / 8);
  return (
    <>
      <h2>{words.ttls[forged.fromClient === true ? 'client' : 'server']}</h2>
      <svg className="ttls ltr" viewBox="0 0 328 104" role="img" aria-label={ttlText(shown)}>
        {labels.map((value) => (
          <g key={value}>
            <text x="0" y={y(value) + 4} className="m">
              {value}
            </text>
            <path className="rule" d={`M${PLOT.left - 8} ${y(value)}H${PLOT.left + PLOT.width}`} />
          </g>
        ))}
        {shown.map((packet, at) => (
          <g key={packet.frame} transform={`translate(${x(at)} ${y(packet.ttl!)})`}>
            {packet.role === 'forged' ? (
              <g transform="scale(0.75)">
                <MarkShape technique={techniqueOf(finding)} confidence={finding?.confidence ?? 'possible'} />
              </g>
            ) : (
              <circle r="4" />
            )}
            {at % every === 0 ? (
              <text className="m" y={98 - y(packet.ttl!)} textAnchor="middle">
                {packet.frame}
              </text>
            ) : null}
          </g>
        ))}
      </svg>
    </>
  );
}

function ttlText(packets: readonly PacketRow[]): string {
  return packets.map(({ frame, ttl }) => `#${frame} ${ttl}`).join(', ');
}

export function ReadAs({
  capture,
  flow,
  finding,
}: {
  readonly capture: string;
  readonly flow: FlowRow;
  readonly finding: Finding | undefined;
}) {
  const words = useWords(flowWords);
  const engine = useEngineWords();
  const view = useView(capture);
  const go = useRoute((state) => state.go);
  if (finding === undefined) return <p className="sec">{words.nothingFound}</p>;
  const incident = view?.incidents.find(
    ({ id, findings }) => findings.includes(finding.id) || flow.incidents.includes(id),
  );
  const strong = finding.evidence.filter(({ role, strength }) => role === 'supports' && strength === 'strong');
  const medium = finding.evidence.filter(({ role, strength }) => role === 'supports' && strength === 'medium');
  const against = finding.evidence.filter(({ role }) => role === 'contradicts');
  const shown = [...strong, ...medium].slice(0, 3);
  return (
    <>
      <h2>{words.readAs}</h2>
      <p className="read lead">{shown.map((item) => sentence(engine, 'evidence', item.kind, item.params)).join(' ')}</p>
      {against.length === 0 ? null : (
        <p className="sec">
          {words.against}{' '}
          {against
            .slice(0, 2)
            .map((item) => sentence(engine, 'evidence', item.kind, item.params))
            .join(' ')}
        </p>
      )}
      {incident === undefined ? null : (
        <button
          type="button"
          className="button"
          onClick={() => go({ screen: 'incidents', capture, item: incident.id })}
        >
          <Mark technique={finding.techniques[0] ?? null} confidence={finding.confidence} />
          <bdi>{incident.id}</bdi> · {engine.technique[finding.techniques[0]!].name}
        </button>
      )}
    </>
  );
}
