// The page, built into dist/renderer as files that a browser opens from the disk: no server, no network.

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Browsers refuse modules from file: addresses, so the bundle is a plain script that waits for the document. */
const plainScript: Plugin = {
  name: 'plain-script',
  enforce: 'post',
  apply: 'build',
  transformIndexHtml: (html) => html.replaceAll(' crossorigin', '').replace('<script type="module"', '<script defer'),
};

export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react(), plainScript],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    modulePreload: false,
    // With one style file the plain script does not write it into the page, which the policy forbids.
    cssCodeSplit: false,
    rolldownOptions: { output: { format: 'iife' } },
  },
});
