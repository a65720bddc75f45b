// Step 3: what the author says, and where the reader of the recording disagrees.

import { useStore } from 'zustand';
import { LONGEST_CONTEXT } from '../../../shared/contract/report.ts';
import { useWords } from '../../ui/language.ts';
import { disagreements, keyOf } from '../incident/disagreements.ts';
import { builder, chosenIncidents, type StepProps } from './builder.ts';
import { TextField, Tick } from './fields.tsx';
import { reportWords } from './words.ts';

export function WordsStep({ capture, view, building, preview }: StepProps) {
  const words = useWords(reportWords);
  const { choose, change } = builder.getState();
  const { options, printDisagreements } = building;
  const reasons = useStore(disagreements, (state) => state.reasons);
  const sha256 = view.head!.capture.sha256;
  const disagreed = chosenIncidents(options, view.incidents).flatMap((incident) => {
    const reason = reasons[keyOf(sha256, incident)];
    return reason === undefined ? [] : [{ id: incident.id, reason }];
  });
  return (
    <>
      <h2>{words.wordsTitle}</h2>
      <p className="report-lead">{words.wordsLead}</p>
      <div className="report-fields">
        <TextField
          label={words.reportTitle}
          hint={options.title === null && preview !== null ? preview.title : words.titleHint}
          value={options.title ?? ''}
          longest={500}
          change={(title) => choose(capture, { title: title === '' ? null : title })}
        />
        <TextField
          label={words.author}
          hint={words.authorHint}
          value={options.author ?? ''}
          longest={255}
          change={(author) => choose(capture, { author })}
        />
        <TextField
          label={words.context}
          hint={words.contextHint}
          value={options.context ?? ''}
          longest={LONGEST_CONTEXT}
          rows={9}
          change={(context) => choose(capture, { context })}
        />
        <Themes key={capture} capture={capture} themes={options.themes} />
        <TextField
          label={words.licence}
          hint=""
          value={options.licence}
          longest={255}
          change={(licence) => choose(capture, { licence })}
        />
      </div>
      <h3>{words.disagreements}</h3>
      {disagreed.length === 0 ? (
        <p className="sec">{words.noDisagreements}</p>
      ) : (
        <>
          <Tick
            label={words.printDisagreements}
            checked={printDisagreements}
            change={(checked) => change(capture, { printDisagreements: checked, isChanged: true })}
          />
          <dl className="report-seen">
            {disagreed.map(({ id, reason }) => (
              <div key={id}>
                <dt>
                  <bdi>{id}</bdi>
                </dt>
                <dd dir="auto">{reason}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </>
  );
}

/** As many as the contract takes, each as long. */
const MOST = 16;
const LONGEST = 64;

function Themes({ capture, themes }: { readonly capture: string; readonly themes: readonly string[] }) {
  const words = useWords(reportWords);
  const { choose } = builder.getState();
  return (
    <TextField
      label={words.themes}
      hint={words.themesHint}
      value={themes.join(',')}
      longest={MOST * (LONGEST + 1)}
      change={(text) =>
        choose(capture, {
          themes:
            text === ''
              ? []
              : text
                  .split(/[,،，]/)
                  .slice(0, MOST)
                  .map((theme) => theme.slice(0, LONGEST)),
        })
      }
    />
  );
}
