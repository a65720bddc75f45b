// Step 5: what is written, and what is still to be thought of before it is.

import { DECLARED_FIELDS } from '../../../shared/contract/report.ts';
import { useListed, useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { builder, type StepProps } from './builder.ts';
import { TextField, Tick } from './fields.tsx';
import { reportWords } from './words.ts';

export function ExportStep({
  capture,
  view,
  building,
  preview,
  toVantage,
}: StepProps & { readonly toVantage: () => void }) {
  const words = useWords(reportWords);
  const number = useNumber();
  const { choose, change } = builder.getState();
  const { options } = building;
  const listed = useListed();
  const missing = DECLARED_FIELDS.filter((field) => preview?.missing.includes(field) === true);
  return (
    <>
      <h2>{words.exportTitle}</h2>
      <p className="report-lead">{words.exportLead}</p>
      {missing.length === 0 ? null : (
        <p className="report-warning">
          {words.missing(listed(missing.map((field) => words.field[field])))}{' '}
          <button type="button" className="link" onClick={toVantage}>
            {words.fillIn}
          </button>
        </p>
      )}
      {preview === null || preview.payloadFrames === 0 ? null : (
        <p className="report-warning">
          {words.payloadWarning(number(preview.payloadFrames), number(preview.frames))}
          {options.payload === 'cited' ? ` ${words.citedWarning}` : ''}
        </p>
      )}
      {options.pseudonyms === 'none' ? (
        <div className="report-warning">
          <p>{words.leadNone}</p>
          <Tick
            label={words.exposure}
            checked={building.isExposureKnown}
            change={(isExposureKnown) => change(capture, { isExposureKnown })}
          />
        </div>
      ) : null}
      <div className="report-fields">
        <TextField
          label={words.captureName}
          hint={words.captureNameHint}
          value={options.captureName ?? view.head!.capture.path}
          longest={255}
          change={(captureName) => choose(capture, { captureName })}
        />
      </div>
      <fieldset className="report-choices">
        <legend>{words.files}</legend>
        <Tick label={words.dated} checked={options.dated} change={(dated) => choose(capture, { dated })} />
        <Tick
          label={words.pdf}
          checked={building.isPdfWanted && preview?.pdf !== false}
          disabled={preview?.pdf === false}
          change={(isPdfWanted) => change(capture, { isPdfWanted })}
        />
        {preview?.pdf === false ? <p className="sec">{words.noPdf}</p> : null}
      </fieldset>
    </>
  );
}
