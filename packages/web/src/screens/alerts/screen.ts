import type { Screen } from '../../app/screen.ts';
import { IconBell } from '../../ui/icons.ts';
import { ALERTS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const ALERTS_SCREEN: Screen = {
  path: ALERTS_PATH,
  title: TEXTS.list,
  nav: { group: 'work', icon: IconBell, order: 65 },
  words: 'bell notifications failed overdue told',
  load: () => import('./alerts-screen.tsx'),
};
