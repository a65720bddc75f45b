// The files of the bundle and the way to have it written. Nothing that is there is replaced without being asked about.

import { useEffect, useRef, useState } from 'react';
import type { ReportRequest } from '../../../shared/contract/report.ts';
import { shellWords } from '../../app/words.ts';
import { useApp } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { byteSize, useNumber } from '../../ui/moment.ts';
import { gathered, type StepProps, suggestedName } from './builder.ts';
import { chooseAndWrite, download, type Order, type Outcome, toPath } from './save.ts';
import { reportWords } from './words.ts';

export function Writing({
  capture,
  view,
  building,
  preview,
  request,
}: StepProps & { readonly request: ReportRequest }) {
  const words = useWords(reportWords);
  const client = useApp((state) => state.client);
  const asksWhere = useApp((state) => state.info?.can.saveFile === true);
  const [outcome, setOutcome] = useState<Outcome | 'writing' | null>(null);
  const isWriting = outcome === 'writing';
  const isReady = preview !== null && !isWriting && (request.pseudonyms !== 'none' || building.isExposureKnown);
  const order: Order = { capture, options: request, pdf: building.isPdfWanted && preview?.pdf === true };
  const name = suggestedName(view.head!.capture.path);
  const run = (made: Promise<Outcome>): void => {
    setOutcome('writing');
    void made.then(setOutcome);
  };
  return (
    <div className="report-writing">
      <table>
        <caption className="silent">{words.files}</caption>
        <tbody>
          <FileRows files={gathered(preview?.files ?? [])} />
          {order.pdf ? (
            <tr>
              <td>
                <bdi className="m">report.pdf</bdi>
              </td>
              <td className="num mut">{words.afterPrinting}</td>
            </tr>
          ) : null}
        </tbody>
      </table>
      <div className="report-said">
        <Said outcome={outcome} />
      </div>
      <p className="report-buttons">
        {asksWhere ? (
          <>
            <button
              type="button"
              className="button"
              disabled={!isReady}
              onClick={() => run(chooseAndWrite(client, order, 'zip', name))}
            >
              {words.exportZip}
            </button>
            <span className="space" />
            <button
              type="button"
              className="button primary"
              disabled={!isReady}
              onClick={() => run(chooseAndWrite(client, order, 'folder', name))}
            >
              {words.exportFolder}
            </button>
          </>
        ) : (
          <>
            <span className="space" />
            <button
              type="button"
              className="button primary"
              disabled={!isReady}
              onClick={() => run(download(client, order, name))}
            >
              {words.saveZip}
            </button>
          </>
        )}
      </p>
      {outcome !== null && outcome !== 'writing' && outcome.kind === 'ask' ? (
        <Replace
          name={outcome.name}
          answer={(yes) => (yes ? run(toPath(client, order, outcome.path, true)) : setOutcome(null))}
        />
      ) : null}
    </div>
  );
}

function Said({ outcome }: { readonly outcome: Outcome | 'writing' | null }) {
  const words = useWords(reportWords);
  const shell = useWords(shellWords);
  const number = useNumber();
  if (outcome !== null && outcome !== 'writing' && outcome.kind === 'failed') {
    const { code, params } = outcome.failure;
    return <p role="alert">{code === 'exists' ? words.otherThere(String(params.name)) : shell.failure[code]}</p>;
  }
  const written = outcome !== null && outcome !== 'writing' && outcome.kind === 'written' ? outcome.written : null;
  return (
    <p role="status">
      {outcome === 'writing' ? words.writing : null}
      {written === null ? null : (
        <>
          <bdi>{words.written(written.name, number(written.files.length))}</bdi>{' '}
          {written.pdf === 'failed' ? words.pdfFailed : null}
        </>
      )}
    </p>
  );
}

function Replace({ name, answer }: { readonly name: string; readonly answer: (yes: boolean) => void }) {
  const words = useWords(reportWords);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="float report-replace"
      aria-labelledby="report-replace"
      onCancel={() => answer(false)}
    >
      <h2 id="report-replace">
        <bdi>{words.replaceTitle(name)}</bdi>
      </h2>
      <p>{words.replaceWhat}</p>
      <p className="report-buttons">
        <button type="button" className="button" onClick={() => answer(false)}>
          {words.cancel}
        </button>
        <button type="button" className="button primary" onClick={() => answer(true)}>
          {words.replace}
        </button>
      </p>
    </dialog>
  );
}

function FileRows({ files }: { readonly files: readonly { readonly name: string; readonly bytes: number }[] }) {
  return (
    <>
      {files.map(({ name, bytes }) => (
        <tr key={name}>
          <td>
            <bdi className="m">{name}</bdi>
          </td>
          <td className="num">
            <bdi className="m mut">{byteSize(bytes)}</bdi>
          </td>
        </tr>
      ))}
    </>
  );
}
