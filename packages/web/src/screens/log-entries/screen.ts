import type { Screen } from '../../app/screen.ts';
import { IconHistory } from '../../ui/icons.ts';
import { LOG_ENTRIES_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const LOG_ENTRIES_SCREEN: Screen = {
  path: LOG_ENTRIES_PATH,
  title: TEXTS.list,
  nav: { group: 'work', icon: IconHistory, order: 20 },
  words: '674 runs history',
  load: () => import('./log-entries-screen.tsx'),
};

export const LOG_ENTRY_SCREEN: Screen = {
  path: `${LOG_ENTRIES_PATH}/$no`,
  title: TEXTS.card,
  nav: null,
  words: '674',
  load: () => import('./log-entry-screen.tsx'),
};
