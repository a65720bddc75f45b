// Step 4: every value that is replaced, before anything is written; what stays, what was cut, what is left out.

import { useState } from 'react';
import { DIRECTIONS, PAYLOAD_MODES, PSEUDONYM_MODES, type ReplacedValue } from '../../../shared/contract/report.ts';
import { visible } from '../../ui/format.ts';
import { useApp, useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { byteSize, useNumber } from '../../ui/moment.ts';
import { builder, mayStay, type Preview, rowsOf, type StepProps } from './builder.ts';
import { Choice, Tick } from './fields.tsx';
import { reportWords } from './words.ts';

const SHOWN = 200;
const KEPT_SHOWN = 60;

export function RedactionStep({ capture, view, building, preview }: StepProps) {
  const words = useWords(reportWords);
  const number = useNumber();
  const hasNetworks = useApp((state) => state.info?.networks != null);
  const { choose } = builder.getState();
  const { options } = building;
  const count = preview?.replaced.length ?? 0;
  const lead =
    options.pseudonyms === 'none' ? words.leadNone : count === 0 ? words.leadNothing : words.lead(count, number(count));
  return (
    <>
      <h2>{words.redactionTitle}</h2>
      {preview === null ? (
        <p className="report-lead">{words.making}</p>
      ) : (
        <>
          <p className="report-lead" role="status">
            {lead}
          </p>
          <Replaced capture={capture} building={building} preview={preview} />
          <Kept preview={preview} />
          <Left capture={capture} preview={preview} packets={view.head!.capture.packets} />
        </>
      )}
      <Choice
        name="mode"
        label={words.mode}
        values={PSEUDONYM_MODES}
        words={words.modes}
        value={options.pseudonyms}
        change={(pseudonyms) => choose(capture, { pseudonyms })}
      />
      <Choice
        name="payload"
        label={words.content}
        values={PAYLOAD_MODES}
        words={words.payload}
        value={options.payload}
        change={(payload) => choose(capture, { payload })}
      />
      {options.payload === 'cited' ? <p className="report-warning">{words.citedWarning}</p> : null}
      {preview === null || preview.payloadFrames === 0 ? null : (
        <p className="report-warning">{words.payloadWarning(number(preview.payloadFrames), number(preview.frames))}</p>
      )}
      {preview?.restsOnPayload === true ? <p className="report-warning">{words.restsOnPayload}</p> : null}
      <Choice
        name="direction"
        label={words.direction}
        values={DIRECTIONS}
        words={words.directions}
        value={options.direction}
        change={(direction) => choose(capture, { direction })}
      />
      <fieldset className="report-choices">
        <legend>{words.traces}</legend>
        <Tick
          label={words.minutes}
          checked={options.times === 'minutes'}
          change={(checked) => choose(capture, { times: checked ? 'minutes' : 'exact' })}
        />
        <Tick
          label={words.rebase}
          checked={options.rebaseTimestamps}
          change={(rebaseTimestamps) => choose(capture, { rebaseTimestamps })}
        />
      </fieldset>
      {hasNetworks ? (
        <fieldset className="report-choices">
          <legend>{words.networks}</legend>
          <Tick
            label={words.sayNetworks}
            checked={options.networks === true}
            change={(networks) => choose(capture, { networks })}
          />
        </fieldset>
      ) : null}
    </>
  );
}

function Replaced({ capture, building, preview }: Omit<StepProps, 'view' | 'preview'> & { readonly preview: Preview }) {
  const words = useWords(reportWords);
  const number = useNumber();
  const [isAll, showAll] = useState(false);
  const { change, choose } = builder.getState();
  const { options, ticked } = building;
  const rows = rowsOf(preview.replaced, ticked, options.keep);
  if (rows.length === 0) return null;
  const shown = isAll ? rows : rows.slice(0, SHOWN);
  const keep = (row: ReplacedValue, stays: boolean): void => {
    const { original } = row;
    if (stays) change(capture, { ticked: { ...ticked, [original]: row } });
    choose(capture, {
      keep: stays ? [...options.keep, original] : options.keep.filter((other) => other !== original),
    });
  };
  return (
    <>
      <table className="report-replaced">
        <thead>
          <tr>
            <th scope="col">{words.what}</th>
            <th scope="col">{words.original}</th>
            <td />
            <th scope="col">{words.replacement}</th>
            <th scope="col" className="num">
              {words.places}
            </th>
            <th scope="col">{words.keep}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.original} className={row.kept ? 'kept' : undefined}>
              <td>
                {words.kind[row.kind]} <bdi className="m mut">{row.label}</bdi>
              </td>
              <td>
                {row.kept ? (
                  <bdi className="m">{visible(row.original)}</bdi>
                ) : (
                  <del>
                    <bdi className="m">{visible(row.original)}</bdi>
                  </del>
                )}
              </td>
              <td className="mut">
                <span aria-hidden="true" className="report-arrow">
                  →
                </span>
                <span className="silent">{row.kept ? words.stays : words.becomes}</span>
              </td>
              <td>
                {row.kept ? (
                  <span className="mut">{words.stays}</span>
                ) : (
                  <bdi className="m report-pseudonym">{visible(row.replacement)}</bdi>
                )}
              </td>
              <td className="num">
                {row.kept ? '' : row.places === 0 ? <span className="mut">{words.inText}</span> : number(row.places)}
              </td>
              <td>
                {mayStay(row) ? (
                  <input
                    type="checkbox"
                    aria-label={words.keepOne(visible(row.original))}
                    checked={row.kept}
                    onChange={(event) => keep(row, event.target.checked)}
                  />
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < rows.length ? (
        <p>
          <button type="button" className="button" onClick={() => showAll(true)}>
            {words.showAll(number(rows.length))}
          </button>
        </p>
      ) : null}
    </>
  );
}

function Kept({ preview }: { readonly preview: Preview }) {
  const words = useWords(reportWords);
  const number = useNumber();
  const [isAll, showAll] = useState(false);
  const values = isAll ? preview.kept : preview.kept.slice(0, KEPT_SHOWN);
  return (
    <>
      <h3>{words.kept}</h3>
      <p className="report-kept">
        {values.map(({ value }) => (
          <bdi key={value} className="m">
            {visible(value)}
          </bdi>
        ))}
        {words.always.map((what) => (
          <span key={what}>{what}</span>
        ))}
        {values.length < preview.kept.length ? (
          <button type="button" className="link" onClick={() => showAll(true)}>
            {words.showAll(number(preview.kept.length))}
          </button>
        ) : null}
      </p>
    </>
  );
}

function Left({
  capture,
  preview,
  packets,
}: {
  readonly capture: string;
  readonly preview: Preview;
  readonly packets: number;
}) {
  const words = useWords(reportWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const { cutFrames, cutBytes, firstCut, others, limited } = preview;
  return (
    <div className="report-two">
      <div>
        <h3>{words.uncertain}</h3>
        <p className="sec">{cutFrames === 0 ? words.nothingCut : words.cut(number(cutFrames), byteSize(cutBytes))}</p>
        {firstCut === null ? null : (
          <p>
            <button
              type="button"
              className="link"
              onClick={() => go({ screen: 'packets', capture, item: String(firstCut) })}
            >
              {words.showFrame(String(firstCut))}
            </button>
          </p>
        )}
      </div>
      <div>
        <h3>{words.leftOut}</h3>
        <p className="sec">{words.others(number(others), number(packets))}</p>
        {limited === 0 ? null : <p className="sec">{words.limited(number(limited))}</p>}
      </div>
    </div>
  );
}
