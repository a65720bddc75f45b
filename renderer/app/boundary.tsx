// Where defects of the page end: what was open stays open in the engine, and the person is told what to do.

import { Component, type ReactNode } from 'react';
import { settings } from './settings.ts';
import { shellWords } from './words.ts';

interface State {
  readonly failed: string | null;
}

export class Boundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { failed: null };

  static getDerivedStateFromError(error: unknown): State {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.failed === null) return this.props.children;
    // The words are looked up plainly: hooks may be what failed
    const words = shellWords[settings.getState().language];
    return (
      <section className="empty" role="alert">
        <p>{words.failure.defect}</p>
        <p className="m mut">{this.state.failed}</p>
        <button type="button" className="button" onClick={() => this.setState({ failed: null })}>
          {words.tryAgain}
        </button>
      </section>
    );
  }
}
