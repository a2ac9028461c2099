import type { Screen } from '../../app/screen.ts';
import { IconUsers } from '../../ui/icons.ts';
import { USERS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const USERS_SCREEN: Screen = {
  path: USERS_PATH,
  title: TEXTS.list,
  nav: { group: 'administration', icon: IconUsers, order: 10 },
  words: '9800 people rights sign-in',
  load: () => import('./users-screen.tsx'),
};

export const USER_SCREEN: Screen = {
  path: `${USERS_PATH}/$user`,
  title: TEXTS.card,
  nav: null,
  load: () => import('./user-screen.tsx'),
};
