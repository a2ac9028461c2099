import type { Screen } from '../../app/screen.ts';
import { IconList } from '../../ui/icons.ts';
import { ENTRIES_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const ENTRIES_SCREEN: Screen = {
  path: ENTRIES_PATH,
  title: TEXTS.list,
  nav: { group: 'work', icon: IconList, order: 10 },
  words: '672 jobs queue',
  load: () => import('./entries-screen.tsx'),
};

export const ENTRY_SCREEN: Screen = {
  path: `${ENTRIES_PATH}/$entryId`,
  title: TEXTS.card,
  nav: null,
  words: '673',
  load: () => import('./entry-screen.tsx'),
};
