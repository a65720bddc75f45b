// What became of the way to something: a line, a block, what is left of the line. The word beside it says the same.

export type PathStateName = 'blocked' | 'degraded' | 'reachable' | 'inconclusive' | 'not-seen';

const LINE = { stroke: 'currentColor', strokeWidth: 1.6, fill: 'none' } as const;

function Drawing({ state }: { readonly state: PathStateName }) {
  switch (state) {
    case 'blocked':
      return (
        <>
          <path d="M0 5h9" {...LINE} />
          <path d="M10 0h6v10h-6Z" fill="currentColor" />
          <path d="M19 5h9" {...LINE} strokeDasharray="1.6 2.4" />
        </>
      );
    case 'degraded':
      return (
        <>
          <path d="M0 5h9M17 5h4" {...LINE} />
          <path d="M10 .8h6v8.4h-6Z" {...LINE} />
          <path d="M20.5 1.2 27.5 5l-7 3.8Z" fill="currentColor" />
        </>
      );
    case 'reachable':
      return (
        <>
          <path d="M0 5h22" {...LINE} />
          <path d="M20.5 1.2 27.5 5l-7 3.8Z" fill="currentColor" />
        </>
      );
    case 'inconclusive':
      return (
        <>
          <path d="M0 5h9" {...LINE} />
          <path d="M12 5h16" {...LINE} strokeDasharray="1.6 2.4" />
        </>
      );
    case 'not-seen':
      return <path d="M0 5h28" {...LINE} strokeDasharray="1.6 2.4" />;
  }
}

export function PathState({ state, word }: { readonly state: PathStateName; readonly word: string }) {
  return (
    <span className="path-state">
      <svg className="ltr" width="28" height="10" viewBox="0 0 28 10" aria-hidden="true">
        <Drawing state={state} />
      </svg>
      {word}
    </span>
  );
}
