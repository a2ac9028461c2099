import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { fieldHelp } from './field-help.ts';
import { guides } from './guides.ts';
import { themeVariables } from './theme-variables.ts';
import { verbWords } from './verb-words.ts';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), fieldHelp(), verbWords(), guides(), themeVariables()],
  resolve: { conditions: ['nightshift-source', 'module', 'browser', 'production'] },
  build: {
    target: 'es2024',
    sourcemap: false,
    // Nothing may be inside a page or a style sheet: the server's policy lets only files in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      output: {
        // What changes with every release apart from what hardly ever does, so that browsers keep the latter.
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules[\\/](?:react|react-dom|scheduler)[\\/]/ }],
        },
      },
    },
  },
});
