// The incidents of a capture in time. Every mark is a link to its incident, so the keyboard reaches it as it reaches
// any link; the table beneath says the same without a picture.

import type { Analysis } from '../../../shared/contract/analysis.ts';
import { CONFIDENCES } from '../../../shared/domain/vocabulary.ts';
import { en } from '../../../shared/i18n/en.ts';
import { clock } from '../../ui/format.ts';
import { Mark, MarkShape } from '../../ui/mark.tsx';
import { words } from '../../ui/words.ts';
import { anchorOf, laneName, targetsOf } from './naming.ts';
import { GUTTER, layOut, MOST_MARKS, type TimelineLane, type TimelineMark, WIDTH } from './timeline-layout.ts';

export function Timeline({ analysis }: { readonly analysis: Analysis }) {
  const layout = layOut(analysis);
  if (layout === null) return null;
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">{words.timeline}</h2>
      <div className="wide">
        <svg className="timeline" viewBox={`0 0 ${WIDTH} ${layout.height}`} aria-label={words.timelineOf('UTC')}>
          <text className="axis" x="0" y="16">
            {layout.day} UTC
          </text>
          {layout.ticks.map(({ x, label }) => (
            <g key={x}>
              <line className="grid" x1={x} x2={x} y1="22" y2={layout.height} />
              <text className="axis" x={x} y="16" textAnchor="middle">
                {label}
              </text>
            </g>
          ))}
          {layout.lanes.map((lane) => (
            <Lane key={lane.technique ?? 'other'} lane={lane} analysis={analysis} />
          ))}
        </svg>
      </div>
      <p className="legend">
        {CONFIDENCES.map((confidence) => (
          <span key={confidence}>
            <Mark technique={layout.lanes[0]?.technique ?? null} confidence={confidence} />
            {en.confidence[confidence].word}
          </span>
        ))}
      </p>
      {layout.undrawn > 0 ? <p className="quiet">{words.timelineMore(layout.undrawn)}</p> : null}
      <TimelineTable analysis={analysis} />
    </section>
  );
}

function Lane({ lane, analysis }: { readonly lane: TimelineLane; readonly analysis: Analysis }) {
  return (
    <g>
      <line className="rule" x1="0" x2={WIDTH} y1={lane.top} y2={lane.top} />
      <text className="lane" x="0" y={lane.top + lane.height / 2 + 4}>
        {laneName(lane.technique)}
      </text>
      <line className="grid" x1={GUTTER} x2={GUTTER} y1={lane.top} y2={lane.top + lane.height} />
      {lane.marks.map((mark) => (
        <MarkLink key={mark.incident.id} mark={mark} analysis={analysis} technique={lane.technique} />
      ))}
    </g>
  );
}

interface MarkLinkProps {
  readonly mark: TimelineMark;
  readonly analysis: Analysis;
  readonly technique: TimelineLane['technique'];
}

function MarkLink({ mark, analysis, technique }: MarkLinkProps) {
  const { incident, x, y, end } = mark;
  const said = `${incident.id}: ${laneName(technique)}, ${targetsOf(analysis, incident)}, ${en.confidence[incident.confidence].word}, ${clock(incident.firstTime)} UTC`;
  return (
    <a className="incident-mark" href={`#${anchorOf(incident)}`} aria-label={said}>
      <title>{said}</title>
      {end - x > 1 ? <path className="span" d={`M${x} ${y}H${end}M${end} ${y - 4}V${y + 4}`} /> : null}
      <rect className="focus" x={x - 11} y={y - 11} width="22" height="22" />
      <g transform={`translate(${x} ${y})`}>
        <MarkShape technique={technique} confidence={incident.confidence} />
      </g>
      {mark.label === null ? null : (
        <text
          className="label"
          x={mark.labelSide === 'right' ? Math.max(end, x + 9) + 5 : x - 14}
          y={y + 4}
          textAnchor={mark.labelSide === 'right' ? 'start' : 'end'}
        >
          {mark.label}
        </text>
      )}
    </a>
  );
}

function TimelineTable({ analysis }: { readonly analysis: Analysis }) {
  return (
    <details>
      <summary>{words.timelineTable}</summary>
      <div className="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.incidents}</th>
              <th scope="col">{words.technique}</th>
              <th scope="col">{words.target}</th>
              <th scope="col">{words.confidence}</th>
              <th scope="col">{words.outcome}</th>
              <th scope="col">{words.from} (UTC)</th>
              <th scope="col">{words.to} (UTC)</th>
            </tr>
          </thead>
          <tbody>
            {analysis.incidents.slice(0, MOST_MARKS).map((incident) => (
              <tr key={incident.id}>
                <th scope="row">
                  <a href={`#${anchorOf(incident)}`}>{incident.id}</a>
                </th>
                <td>
                  <Mark technique={incident.techniques[0] ?? null} confidence={incident.confidence} />
                  {laneName(incident.techniques[0] ?? null)}
                </td>
                <td>
                  <bdi>{targetsOf(analysis, incident)}</bdi>
                </td>
                <td>{en.confidence[incident.confidence].word}</td>
                <td>{en.outcome[incident.outcome].word}</td>
                <td className="mono">{clock(incident.firstTime)}</td>
                <td className="mono">{clock(incident.lastTime)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
