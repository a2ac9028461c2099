// Makes `virtual:verb-words` of the one list of permissions: what each verb lets somebody do, in words. So a permission set is explained in
// the words of the product, and there is no second list of them.
import type { Plugin } from 'vite';
import { VERBS } from '../nightshift/src/contract/permissions.ts';

const ID = 'virtual:verb-words';

/** The plugin for Vite. */
export function verbWords(): Plugin {
  return {
    name: 'nightshift-verb-words',
    resolveId: (id) => (id === ID ? `\0${ID}` : null),
    load(id) {
      if (id !== `\0${ID}`) return null;
      const words = Object.fromEntries(Object.entries(VERBS).map(([verb, { what }]) => [verb, what]));
      return `export const VERB_WORDS = ${JSON.stringify(words)};`;
    },
  };
}
