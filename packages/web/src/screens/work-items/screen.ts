import type { Screen } from '../../app/screen.ts';
import { IconBoxes } from '../../ui/icons.ts';
import { WORK_ITEMS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const WORK_ITEM_TABLES_SCREEN: Screen = {
  path: WORK_ITEMS_PATH,
  title: TEXTS.tables,
  nav: { group: 'work', icon: IconBoxes, order: 40 },
  words: 'staging tables orders',
  load: () => import('./tables-screen.tsx'),
};

export const WORK_ITEMS_SCREEN: Screen = {
  path: `${WORK_ITEMS_PATH}/$table`,
  title: TEXTS.list,
  nav: null,
  load: () => import('./items-screen.tsx'),
};

export const WORK_ITEM_SCREEN: Screen = {
  path: `${WORK_ITEMS_PATH}/$table/$itemId`,
  title: TEXTS.card,
  nav: null,
  load: () => import('./item-screen.tsx'),
};
