// Entry of the page.

import './without-eval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createResultsStore } from '../features/results/store.ts';
import { App } from './app.tsx';

const store = createResultsStore();

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <App store={store} />
  </StrictMode>,
);
