import type { Screen } from '../../app/screen.ts';
import { IconSettings, IconTag } from '../../ui/icons.ts';
import { CATEGORIES_PATH, SETUP_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const CATEGORIES_SCREEN: Screen = {
  path: CATEGORIES_PATH,
  title: TEXTS.categories.list,
  nav: { group: 'administration', icon: IconTag, order: 50 },
  words: '671 category parallelism',
  load: () => import('./categories-screen.tsx'),
};

export const SETUP_SCREEN: Screen = {
  path: SETUP_PATH,
  title: TEXTS.setup,
  nav: { group: 'administration', icon: IconSettings, order: 60 },
  words: 'environment retention saved views instances release',
  load: () => import('./setup-screen.tsx'),
};
