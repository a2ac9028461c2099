import type { Screen } from '../../app/screen.ts';
import { IconKey } from '../../ui/icons.ts';
import { KEYS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const KEYS_SCREEN: Screen = {
  path: KEYS_PATH,
  title: TEXTS.list,
  nav: { group: 'administration', icon: IconKey, order: 30 },
  words: 'machines tokens programs',
  load: () => import('./keys-screen.tsx'),
};
