// What the selected field is, where it lies, what it was in a genuine packet, and which evidence cites the packet.

import { useMemo } from 'react';
import type { Finding } from '../../../shared/contract/analysis.ts';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import type { PacketRow } from '../../../shared/contract/service.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { visible } from '../../ui/format.ts';
import { useRoute, useView } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { bitText } from './bytes.ts';
import { checksumWord } from './field-tree.tsx';
import { compareFields, filterOf, hexOf, pathTo } from './tree.ts';
import { packetWords } from './words.ts';

/** Characters of a value and bytes of a field that are shown. */
const LONGEST = 2_000;
const MOST_BYTES = 64;

interface Props {
  readonly fields: readonly FieldNode[];
  readonly bytes: Uint8Array;
  readonly node: FieldNode | null;
  readonly other: FieldNode | undefined;
  /** Frame that it is compared with, null where with none. */
  readonly baseline: number | null;
  readonly copy: (text: string) => void;
  readonly said: string;
}

export function AboutField({ fields, bytes, node, other, baseline, copy, said }: Props) {
  const words = useWords(packetWords);
  if (node === null) return <p className="packet-note mut">{words.select}</p>;
  const label = words.label[node.label] ?? node.label;
  const layer = pathTo(fields, node.id)[0]!;
  const own = bytes.subarray(node.start, node.start + node.length);
  const filter = filterOf(node, bytes);
  const bits = bitText(node, bytes);
  const isDifferent = baseline !== null && compareFields(node, other) !== 'equal';
  const explained = Object.hasOwn(words.explained, node.name)
    ? words.explained[node.name as keyof typeof words.explained]
    : null;
  return (
    <section className="about-field">
      <h2>
        {label}: <bdi className="m value-text">{visible(node.value.slice(0, LONGEST))}</bdi>
      </h2>
      <p className="mut">
        <bdi className="m ltr">{node.name}</bdi>
        {' · '}
        {node.length === 0
          ? words.noBytes
          : words.where(String(node.start), String(node.start + Math.max(1, node.length) - 1))}
        {layer.id === node.id || node.length === 0
          ? ''
          : `, ${words.whereIn(String(node.start - layer.start), words.label[layer.label] ?? layer.label)}`}
      </p>
      <p>
        <bdi className="m ltr">
          {hexOf(own.subarray(0, MOST_BYTES))}
          {own.length > MOST_BYTES ? ' …' : ''}
        </bdi>
        {bits === null ? null : (
          <>
            {' '}
            <span className="mut">{words.bits}</span> <bdi className="m ltr">{bits}</bdi>
          </>
        )}
      </p>
      <Note node={node} />
      {baseline === null ? null : (
        <dl className="beside">
          <dt>{words.here}</dt>
          <dd>
            <bdi className="m ltr">{visible(node.value.slice(0, 200))}</bdi>
          </dd>
          <dt>
            {words.there} <bdi className="m">#{baseline}</bdi>
          </dt>
          <dd className={isDifferent ? 'strong' : 'mut'}>
            {isDifferent ? '≠ ' : '= '}
            <bdi className="m ltr">{other === undefined ? words.absent : visible(other.value.slice(0, 200))}</bdi>
          </dd>
        </dl>
      )}
      {explained === null ? null : <p className="read">{explained}</p>}
      {isDifferent ? <p className="sec">{words.littleProof}</p> : null}
      <p className="copying">
        <button type="button" className="button" disabled={own.length === 0} onClick={() => copy(hexOf(own))}>
          {words.copyBytes}
        </button>
        <button type="button" className="button" onClick={() => copy(String(node.raw ?? node.value))}>
          {words.copyField}
        </button>
        <button
          type="button"
          className="button"
          disabled={filter === null}
          title={filter ?? words.noFilter}
          onClick={() => filter !== null && copy(filter)}
        >
          {words.copyFilter}
        </button>
      </p>
      <p className="mut" role="status">
        <bdi>{said}</bdi>
      </p>
    </section>
  );
}

function Note({ node }: { readonly node: FieldNode }) {
  const words = useWords(packetWords);
  const { note } = node;
  if (note === undefined) return null;
  const needed = String(note.params.needed ?? '?');
  const available = String(note.params.available ?? '?');
  const text =
    note.kind === 'checksum'
      ? checksumWord(note.params, words.note.checksum)
      : note.kind === 'more'
        ? words.note.more
        : words.note[note.kind](needed, available);
  return <p className={note.kind === 'malformed' ? 'strong' : 'sec'}>{text}</p>;
}

interface Cited {
  readonly finding: Finding;
  readonly name: string;
  readonly text: string;
}

const LETTER = { supports: 'E', contradicts: 'A', neutral: 'N' } as const;
const MOST_EVIDENCE = 8;

/** Evidence that cites the packet, numbered as the incident numbers it. */
export function Evidence({ capture, packet }: { readonly capture: string; readonly packet: PacketRow }) {
  const words = useWords(packetWords);
  const engine = useEngineWords();
  const view = useView(capture);
  const go = useRoute((state) => state.go);
  const cited = useMemo(() => {
    const found: Cited[] = [];
    for (const finding of view?.findings ?? []) {
      if (!packet.findings.includes(finding.id)) continue;
      const counts = { supports: 0, contradicts: 0, neutral: 0 };
      for (const item of finding.evidence) {
        const name = `${LETTER[item.role]}${++counts[item.role]}`;
        if (!item.frames.includes(packet.frame)) continue;
        found.push({ finding, name, text: sentence(engine, 'evidence', item.kind, item.params) });
      }
    }
    return found;
  }, [view, packet, engine]);
  if (cited.length === 0) return null;
  return (
    <section className="about-field">
      <h2>{words.evidence}</h2>
      <ul>
        {cited.slice(0, MOST_EVIDENCE).map(({ finding, name, text }) => {
          const incident = view?.incidents.find(({ findings }) => findings.includes(finding.id));
          return (
            <li key={`${finding.id} ${name}`}>
              <button
                type="button"
                className="link m"
                disabled={incident === undefined}
                onClick={() => incident !== undefined && go({ screen: 'incidents', capture, item: incident.id })}
              >
                <bdi>{`${finding.id} ${name}`}</bdi>
              </button>{' '}
              {text}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
