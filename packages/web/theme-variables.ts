// Makes `virtual:theme.css` of the theme. Mantine would write it into the page at run time, which the server's policy refuses.
import { fileURLToPath } from 'node:url';
import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core';
import type { Plugin } from 'vite';
import { theme } from './src/app/theme.ts';

const ID = 'virtual:theme.css';
const THEME_FILE = fileURLToPath(new URL('src/app/theme.ts', import.meta.url));

/** The plugin for Vite. */
export function themeVariables(): Plugin {
  return {
    name: 'nightshift-theme',
    resolveId: (id) => (id === ID ? `\0${ID}` : null),
    load(id) {
      if (id !== `\0${ID}`) return null;
      this.addWatchFile(THEME_FILE);
      const complete = mergeMantineTheme(DEFAULT_THEME, theme);
      return convertCssVariables(defaultCssVariablesResolver(complete), ':root');
    },
  };
}
