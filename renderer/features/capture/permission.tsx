// Why nothing can be recorded yet, what was tried, and the exact steps for this system and the others.

import { useState } from 'react';
import type { LiveError } from '../../../shared/domain/live.ts';
import { needsPermission, permissionSteps } from '../../../shared/domain/permission.ts';
import { chooseFiles } from '../../app/opening.ts';
import { visible } from '../../ui/format.ts';
import { useAppStore } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { useLiveWords } from './live-words.ts';
import { captureWords } from './words.ts';

export const SYSTEMS = ['linux', 'darwin', 'win32'] as const;
export type System = (typeof SYSTEMS)[number];

/** Lines of a helper's words. */
const AT_ONCE = 2;

export function systemOf(platform: string): System {
  return SYSTEMS.find((system) => system === platform) ?? 'linux';
}

/** How another program records on each; none sends anything. */
const RECORD: { readonly [K in System]: (name: string) => string } = {
  linux: (name) => `sudo tcpdump -i ${name} -w visit.pcap`,
  darwin: (name) => `sudo tcpdump -i ${name} -w visit.pcap`,
  win32: () => 'pktmon start --capture --pkt-size 0 --file-name visit.etl',
};
const AFTER: Partial<Record<System, string>> = { win32: 'pktmon etl2pcap visit.etl --out visit.pcapng' };
const UNDO: Partial<Record<System, string>> = {
  linux: 'sudo gpasswd -d $USER wireshark',
  darwin: 'sudo dseditgroup -o edit -d $USER -t user access_bpf',
};

interface Props {
  readonly errors: readonly LiveError[];
  readonly platform: string;
  readonly interfaceName: string | null;
  readonly checking: boolean;
  readonly again: () => void;
}

export function Permission({ errors, platform, interfaceName, checking, again }: Props) {
  const words = useWords(captureWords);
  const live = useLiveWords();
  const host = systemOf(platform);
  const [system, choose] = useState(host);
  const said = words.permission;
  const isWanting = needsPermission(errors);
  const isMissing = errors.every(({ code }) => code === 'not-installed');
  const checkAgain = (
    <button type="button" className="button primary" disabled={checking} onClick={again}>
      {checking ? words.checking : words.checkAgain}
    </button>
  );
  return (
    <section className="capture-permission" aria-labelledby="permission-title">
      <span className="tag line">{isMissing ? said.missing : isWanting ? said.needed : said.failed}</span>
      <h2 id="permission-title" className="read">
        {isMissing ? said.missingTitle : isWanting ? said.neededTitle : said.failedTitle}
      </h2>
      {isWanting ? <p className="read capture-lead">{isMissing ? said.missingWhat : said.neededWhat[system]}</p> : null}
      <Tried errors={errors} />
      {isWanting ? (
        <>
          <div className="capture-steps-head">
            <h3>{said.steps}</h3>
            <fieldset className="segments" aria-label={words.system}>
              {SYSTEMS.map((one) => (
                <button key={one} type="button" aria-pressed={one === system} onClick={() => choose(one)}>
                  {words.systems[one]}
                </button>
              ))}
            </fieldset>
          </div>
          <ol className="capture-steps">
            <Steps errors={errors} system={system} />
            <li>{checkAgain}</li>
          </ol>
          <dl>
            <dt>{said.allows}</dt>
            <dd>
              {said.allowsWhat} {live.neverRoot}
            </dd>
            <dt>{said.undo}</dt>
            <dd>{UNDO[system] === undefined ? said.undoWindows : <Command text={UNDO[system]} />}</dd>
            {system === 'linux' ? (
              <>
                <dt>{said.appImage}</dt>
                <dd>{said.appImageWhat}</dd>
              </>
            ) : null}
          </dl>
        </>
      ) : (
        checkAgain
      )}
      <Without system={system} interfaceName={system === host ? interfaceName : null} />
    </section>
  );
}

/** What gives permission on a system, as items of a list. */
export function Steps({ errors, system }: { readonly errors: readonly LiveError[]; readonly system: System }) {
  const live = useLiveWords();
  const steps = permissionSteps(errors, system).filter(({ kind }) => kind !== 'try-again' && kind !== 'open-instead');
  return steps.map(({ kind, command }) => (
    <li key={kind}>
      {live.step[kind]}
      {command === null ? null : <Command text={command} />}
    </li>
  ));
}

function Without({ system, interfaceName }: { readonly system: System; readonly interfaceName: string | null }) {
  const words = useWords(captureWords);
  const live = useLiveWords();
  const store = useAppStore();
  const said = words.permission;
  // It stands in a line that is copied into a shell
  const isPlain = interfaceName !== null && /^[\w.:-]+$/.test(interfaceName);
  const name = isPlain ? interfaceName : system === 'darwin' ? 'en0' : 'any';
  return (
    <div className="capture-without">
      <h3>{said.without}</h3>
      <p className="sec">{live.step['open-instead']}</p>
      <p className="sec">{said.withoutWhat}</p>
      <Command text={RECORD[system](name)} />
      {AFTER[system] === undefined ? null : <Command text={AFTER[system]} />}
      <p className="sec">{said.android}</p>
      <button type="button" className="button" onClick={() => void chooseFiles(store)}>
        {said.openFile}
      </button>
    </div>
  );
}

/** Each way with its own error, as it came. */
export function Tried({ errors }: { readonly errors: readonly LiveError[] }) {
  const words = useWords(captureWords);
  const live = useLiveWords();
  return (
    <>
      <h3>{words.permission.tried}</h3>
      <ul className="capture-tried">
        {errors.map((error) => (
          <li key={error.backend}>
            {live.error[error.code](error)}
            <Words lines={wordsOf(error)} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Some go on at length about what is said below anyway. */
function Words({ lines }: { readonly lines: readonly string[] }) {
  const words = useWords(captureWords);
  const shown = lines.length > AT_ONCE + 1 ? AT_ONCE : lines.length;
  const text = (some: readonly string[]) =>
    some.map((line) => (
      <p key={line} className="m mut ltr">
        {line}
      </p>
    ));
  return (
    <>
      {text(lines.slice(0, shown))}
      {lines.length === shown ? null : (
        <details>
          <summary>{words.inFull}</summary>
          {text(lines.slice(shown))}
        </details>
      )}
    </>
  );
}

/** What a helper says before its complaint is none. */
function wordsOf({ code, message }: LiveError): readonly string[] {
  if (code === 'not-installed') return [];
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !/^(Capturing on|File:) /.test(line));
  return [...new Set(lines.map(visible))];
}

export function Command({ text }: { readonly text: string }) {
  const words = useWords(captureWords);
  const [said, say] = useState('');
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => say(words.copied),
      () => say(words.notCopied),
    );
  };
  return (
    <div className="capture-command">
      <code className="m ltr">{text}</code>
      <button type="button" className="button" aria-label={`${words.copy}: ${text}`} onClick={copy}>
        {words.copy}
      </button>
      <span role="status" className={said === words.notCopied ? 'sec' : 'silent'}>
        {said}
      </span>
    </div>
  );
}
