import type { Screen } from '../../app/screen.ts';
import { IconShield } from '../../ui/icons.ts';
import { SETS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const SETS_SCREEN: Screen = {
  path: SETS_PATH,
  title: TEXTS.list,
  nav: { group: 'administration', icon: IconShield, order: 20 },
  words: '9802 rights roles',
  load: () => import('./sets-screen.tsx'),
};

export const SET_SCREEN: Screen = {
  path: `${SETS_PATH}/$permissionSet`,
  title: TEXTS.card,
  nav: null,
  load: () => import('./set-screen.tsx'),
};
