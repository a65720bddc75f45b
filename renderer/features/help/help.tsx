// Help: a page for each technique, how sure is meant, how judgements are made, keys.

import './help.css';
import { CONFIDENCES, TECHNIQUES, type Technique } from '../../../shared/domain/vocabulary.ts';
import { routeText } from '../../app/route.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { useApp, useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { KeyList } from './keys.tsx';
import { helpWords } from './words.ts';

export function Help({ topic }: { readonly topic: string | null }) {
  const words = useWords(helpWords);
  const technique = TECHNIQUES.find((name) => name === topic) ?? null;
  return (
    <section className="help">
      <nav aria-label={words.techniques}>
        <Topic topic={null} current={technique === null} />
        {TECHNIQUES.map((name) => (
          <Topic key={name} topic={name} current={name === technique} />
        ))}
      </nav>
      <article>{technique === null ? <Method /> : <TechniquePage technique={technique} />}</article>
    </section>
  );
}

function Topic({ topic, current }: { readonly topic: Technique | null; readonly current: boolean }) {
  const words = useWords(helpWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const place = { screen: 'help', topic } as const;
  return (
    <a
      href={routeText({ place, filter: '', range: null })}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        event.preventDefault();
        go(place);
      }}
    >
      {topic === null ? (
        words.method
      ) : (
        <>
          <Mark technique={topic} confidence="confirmed" /> {engine.technique[topic].name}
        </>
      )}
    </a>
  );
}

function TechniquePage({ technique }: { readonly technique: Technique }) {
  const words = useWords(helpWords);
  const page = useEngineWords().technique[technique];
  const checked = useApp((state) =>
    Object.values(state.views)
      .flatMap((view) => view.head?.checked ?? [])
      .find((row) => row.technique === technique),
  );
  return (
    <>
      <h1>{page.name}</h1>
      <p className="mut">
        <bdi className="m">{technique}</bdi>{' '}
        {checked === undefined
          ? words.unknownJudged
          : checked.rule === null
            ? words.notJudged
            : `${words.judged} (${checked.rule})`}
      </p>
      <h2>{words.how}</h2>
      <p>{page.how}</p>
      <h2>{words.packets}</h2>
      <p>{page.packets}</p>
      <h2>{words.mistaken}</h2>
      <p>{page.mistaken}</p>
    </>
  );
}

function Method() {
  const words = useWords(helpWords);
  const engine = useEngineWords();
  return (
    <>
      <h1>{words.title}</h1>
      <h2>{words.method}</h2>
      {words.methodWhat.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <h2>{words.sureTitle}</h2>
      <dl>
        {CONFIDENCES.map((confidence) => (
          <div key={confidence}>
            <dt>
              <ConfidenceWord confidence={confidence} />
            </dt>
            <dd>{engine.confidence[confidence].sentence}</dd>
          </div>
        ))}
      </dl>
      <h2>{words.recording}</h2>
      {words.recordingWhat.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <h2>{words.endsTitle}</h2>
      {words.endsWhat.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <h2>{words.cannot}</h2>
      <ul>
        {engine.limits.map((limit) => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
      <h2>{words.marks}</h2>
      <p>{words.marksWhat}</p>
      <h2>{words.keys}</h2>
      <KeyList />
    </>
  );
}
