import type { Screen } from '../../app/screen.ts';
import { IconHome } from '../../ui/icons.ts';
import { HOME_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const HOME_SCREEN: Screen = {
  path: HOME_PATH,
  title: TEXTS.title,
  nav: { group: 'work', icon: IconHome, order: 0 },
  words: 'role centre center start cues dashboard 9022',
  load: () => import('./home-screen.tsx'),
};
