// Step 1: which incidents, and which sections beside those that are always there.

import { OPTIONAL_SECTIONS } from '../../../shared/contract/report.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { plainly } from '../incident/plain.ts';
import { builder, chosenIncidents, type StepProps, toggled } from './builder.ts';
import { reportWords } from './words.ts';

/** Beyond it a list is no choice any more; the first ones are those with the lowest numbers. */
const LISTED = 500;

export function IncidentsStep({ capture, view, building }: StepProps) {
  const words = useWords(reportWords);
  const engine = useEngineWords();
  const { choose } = builder.getState();
  const { options } = building;
  const all = view.incidents.map(({ id }) => id);
  const chosen = new Set(chosenIncidents(options, view.incidents).map(({ id }) => id));
  return (
    <>
      <h2>{words.incidentsTitle}</h2>
      <p className="report-lead">{all.length === 0 ? words.noIncidents : words.incidentsLead}</p>
      {all.length > 1 ? (
        <p>
          <button
            type="button"
            className="button"
            disabled={chosen.size === all.length}
            onClick={() => choose(capture, { incidents: [] })}
          >
            {words.all}
          </button>
        </p>
      ) : null}
      <ul className="report-incidents">
        {view.incidents.slice(0, LISTED).map(({ id, techniques, confidence, verdict }) => (
          <li key={id}>
            <label>
              <input
                type="checkbox"
                checked={chosen.has(id)}
                // A report is about something
                disabled={chosen.size === 1 && chosen.has(id)}
                onChange={() => choose(capture, { incidents: toggled(options.incidents, id, all) })}
              />
              <Mark technique={techniques[0] ?? null} confidence={confidence} />
              <span className="report-incident">
                <span className="read">{plainly(sentence(engine, 'verdict', verdict.kind, verdict.params))}</span>
                <span className="mut">
                  <bdi>{id}</bdi> · <ConfidenceWord confidence={confidence} />
                </span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      <fieldset className="report-choices">
        <legend>{words.sections}</legend>
        <p className="sec">{words.sectionsLead}</p>
        {OPTIONAL_SECTIONS.map((section) => (
          <label key={section}>
            <input
              type="checkbox"
              checked={!options.without.includes(section)}
              onChange={({ target }) =>
                choose(capture, {
                  without: OPTIONAL_SECTIONS.filter((other) =>
                    other === section ? !target.checked : options.without.includes(other),
                  ),
                })
              }
            />
            {words.section[section]}
          </label>
        ))}
      </fieldset>
    </>
  );
}
