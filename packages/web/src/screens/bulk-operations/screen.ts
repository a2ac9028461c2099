import type { Screen } from '../../app/screen.ts';
import { BULK_PATH } from '../../data/bulk.ts';
import { IconBulk } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';

export const BULK_OPERATIONS_SCREEN: Screen = {
  path: BULK_PATH,
  title: TEXTS.list,
  nav: { group: 'work', icon: IconBulk, order: 80 },
  words: 'many progress abort result',
  load: () => import('./operations-screen.tsx'),
};

export const BULK_OPERATION_SCREEN: Screen = {
  path: `${BULK_PATH}/$operationId`,
  title: TEXTS.card,
  nav: null,
  load: () => import('./operation-screen.tsx'),
};
