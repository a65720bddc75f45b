// The page, built into dist/renderer; the desktop window and the local server hand out the same files.

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Fonts come as WOFF2 and again as WOFF for browsers that we do not run in. */
const woff2Only: Plugin = {
  name: 'woff2-only',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('.css')
      ? { code: code.replaceAll(/,\s*url\([^)]*\.woff\)\s*format\(['"]woff['"]\)/g, ''), map: null }
      : undefined,
};

export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react(), woff2Only],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    modulePreload: false,
    // The policy allows no data: fonts and no styles in the page
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 2_000,
  },
});
