// Entry of the page.

import './without-eval.ts';
import '../ui/fonts.ts';
import '../ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connect } from '../engine/transport.ts';
import { StoreContext } from '../ui/hooks.ts';
import { App } from './app.tsx';
import { followAddress } from './route.ts';
import { createAppStore } from './store.ts';
import { applySettings } from './theme.ts';

applySettings();
// The token of the browser's face stands in the fragment: taken before the fragment becomes the place
const { client, onClose } = connect();
followAddress();
const store = createAppStore(client);
onClose(() => store.setState({ connection: 'lost' }));

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <StoreContext value={store}>
      <App />
    </StoreContext>
  </StrictMode>,
);
