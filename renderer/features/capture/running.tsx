// A recording while it runs, around whatever screen is looked at: state and buttons in the title bar, counters in the
// bottom line, and what happened on the way, each with what can be done about it.

import './capture.css';
import { useState } from 'react';
import type { LiveStatus } from '../../../shared/contract/live.ts';
import type { LiveNoticeKind } from '../../../shared/domain/live.ts';
import { useApp, useKeys, useRoute, useThrottled } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { byteSize, useNumber } from '../../ui/moment.ts';
import { Caution } from './capture.tsx';
import { elapsedText, fileNameOf, mergeCommand } from './counters.ts';
import { follow, useFollowing } from './follow.ts';
import { isRunning, useLive } from './live.ts';
import { runningWords, useLiveWords } from './live-words.ts';
import { Command } from './permission.tsx';

/** Beside each other at most so many notices; the others are counted. */
const SHOWN = 2;

type Notice = LiveStatus['notices'][number];

/** What the capture is called while it is live: `Recording wlp3s0 · 00:32:14`. */
export function LiveTitle({ capture }: { readonly capture: string }) {
  const words = useWords(runningWords);
  const live = useLive(capture);
  const state = useThrottled(live === null ? '' : words.state[live.state]);
  if (live === null) return null;
  return (
    <span className="live-title">
      <svg className="live-dot" viewBox="0 0 10 10" aria-hidden="true">
        {live.state === 'paused' ? (
          <path d="M2 1h2v8H2ZM6 1h2v8H6Z" fill="currentColor" />
        ) : live.state === 'capturing' ? (
          <circle cx="5" cy="5" r="4.5" fill="var(--accent)" />
        ) : (
          <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />
        )}
      </svg>
      <span>{words.state[live.state]}</span>
      <bdi className="m">{live.interface}</bdi>
      <span aria-hidden="true">·</span>
      <bdi className="m ltr">{elapsedText(live.counters.seconds)}</bdi>
      <span className="silent" role="status">
        {state}
      </span>
    </span>
  );
}

export function LiveControls({ capture }: { readonly capture: string }) {
  const words = useWords(runningWords);
  const live = useLive(capture);
  const following = useFollowing(capture);
  const client = useApp((state) => state.client);
  const go = useRoute((state) => state.go);
  const onOverview = useRoute(({ place }) => place.screen === 'overview');
  const running = live !== null && isRunning(live);
  const hold = (): void => {
    if (live === null) return;
    void client.call(live.state === 'paused' ? 'capture.resume' : 'capture.pause', { capture });
  };
  useKeys(running ? { p: hold } : {});
  if (live === null) return null;
  if (!running) {
    return (
      <button type="button" className="button" onClick={() => go({ screen: 'capture', test: null })}>
        {words.again}
      </button>
    );
  }
  return (
    <fieldset className="live-controls" aria-label={words.controls}>
      {onOverview ? (
        <button
          type="button"
          className="button quiet live-follow"
          aria-pressed={following}
          onClick={() => follow(capture, !following)}
        >
          {following ? words.following : words.notFollowing}
          <kbd>Space</kbd>
          <span className="mut live-hint">{following ? words.toPause : words.toFollow}</span>
        </button>
      ) : null}
      <button type="button" className="button" disabled={live.state === 'stopping'} onClick={hold}>
        {live.state === 'paused' ? words.resume : words.pause} <kbd>P</kbd>
      </button>
      <button
        type="button"
        className="button"
        disabled={live.state === 'stopping'}
        onClick={() => void client.call('live.stop', { capture })}
      >
        {words.stop}
      </button>
    </fieldset>
  );
}

/** In the bottom line: lost packets, whose times, where it lies. */
export function LiveFacts({ capture }: { readonly capture: string }) {
  const words = useWords(runningWords);
  const number = useNumber();
  const live = useLive(capture);
  if (live === null) return null;
  const { counters, header, folder } = live;
  const file = counters.files.at(-1);
  return (
    <>
      <span>
        {counters.drops !== null
          ? words.dropped(number(counters.drops))
          : header?.tsSource === 'kernel' && isRunning(live)
            ? words.dropsLater
            : words.dropsUnknown}
      </span>
      {header === null ? null : <span>{header.tsSource === 'kernel' ? words.kernelTimes : words.userTimes}</span>}
      {file === undefined ? null : (
        <span title={folder ?? undefined}>
          {words.written(byteSize(counters.recordedBytes))}{' '}
          <bdi className="m">
            {counters.files.length > 1 ? words.files(number(counters.files.length)) : fileNameOf(file)}
          </bdi>
        </span>
      )}
    </>
  );
}

export function LiveNotices({ capture }: { readonly capture: string }) {
  const words = useWords(runningWords);
  const number = useNumber();
  const live = useLive(capture);
  const [dismissed, dismiss] = useState<ReadonlySet<string>>(new Set());
  const [isPutAway, putAway] = useState(false);
  const kept = live === null || isPutAway || isRunning(live) ? null : pathOf(live);
  const files = live?.counters.files ?? [];
  const merge = mergeCommand(files);
  const open = (live?.notices ?? []).filter((notice) => !dismissed.has(keyOf(notice)));
  return (
    // It stands there before anything is said, else the first notice would not be heard
    <section className="live-notices" aria-label={words.notices} aria-live="polite">
      {live === null || (open.length === 0 && kept === null) ? null : (
        <ul>
          {open.slice(-SHOWN).map((notice) => (
            <NoticeRow
              key={keyOf(notice)}
              live={live}
              notice={notice}
              dismiss={() => dismiss(new Set([...dismissed, ...open.filter((one) => one.at <= notice.at).map(keyOf)]))}
            />
          ))}
          {kept === null ? null : (
            <li>
              {merge === null ? (
                <p>{words.kept(kept)}</p>
              ) : (
                <div>
                  <p>{words.keptSeveral(number(files.length), live.folder ?? '')}</p>
                  <Command text={merge} />
                </div>
              )}
              <button type="button" className="button quiet" onClick={() => putAway(true)}>
                {words.dismiss}
              </button>
            </li>
          )}
          {open.length > SHOWN ? <li className="mut">{words.earlier(number(open.length - SHOWN))}</li> : null}
        </ul>
      )}
    </section>
  );
}

/** Of the latest file; null where it goes with the program. */
function pathOf({ folder, counters }: LiveStatus): string | null {
  const file = counters.files.at(-1);
  if (folder === null || file === undefined) return null;
  return `${folder}${folder.includes('\\') ? '\\' : '/'}${file}`;
}

function keyOf({ at, kind }: Notice): string {
  return `${at} ${kind}`;
}

interface NoticeProps {
  readonly live: LiveStatus;
  readonly notice: Notice;
  readonly dismiss: () => void;
}

/** What a person can do about it, beside reading on. */
const ACTION: { readonly [K in LiveNoticeKind]: 'stop' | 'again' | 'setup' | null } = {
  'interface-gone': 'stop',
  'interface-back': null,
  'helper-ended': null,
  'helper-lost': 'again',
  'disk-full': 'stop',
  'recording-failed': 'stop',
  slept: null,
  drops: 'setup',
  'limit-reached': 'again',
};

function NoticeRow({ live, notice, dismiss }: NoticeProps) {
  const words = useWords(runningWords);
  const said = useLiveWords();
  const client = useApp((state) => state.client);
  const go = useRoute((state) => state.go);
  const action = ACTION[notice.kind];
  const canStop = isRunning(live) && live.state !== 'stopping';
  return (
    <li>
      <Caution />
      <p>{said.notice[notice.kind](notice.params)}</p>
      {action === 'stop' && canStop ? (
        <button
          type="button"
          className="button"
          onClick={() => void client.call('live.stop', { capture: live.capture })}
        >
          {words.stopFirst}
        </button>
      ) : null}
      {action === 'again' || action === 'setup' ? (
        <button type="button" className="button" onClick={() => go({ screen: 'capture', test: null })}>
          {action === 'again' ? words.again : words.setUp}
        </button>
      ) : null}
      <button type="button" className="button quiet" onClick={dismiss}>
        {words.dismiss}
      </button>
    </li>
  );
}

/** In place of every screen until something was seen and judged. */
export function LiveWaiting({ capture }: { readonly capture: string }) {
  const words = useWords(runningWords);
  const client = useApp((state) => state.client);
  const go = useRoute((state) => state.go);
  const packets = useLive(capture)?.counters.packets ?? 0;
  return (
    <section className="live-waiting">
      <h1>{packets === 0 ? words.nothingYet : words.nothingJudged}</h1>
      <p className="capture-lead">{words.nothingYetWhat}</p>
      <p className="sec">{words.wrong}</p>
      <button
        type="button"
        className="button"
        onClick={() => {
          void client.call('live.stop', { capture });
          go({ screen: 'capture', test: null });
        }}
      >
        {words.otherConnection}
      </button>
    </section>
  );
}
