import type { Screen } from '../../app/screen.ts';
import { IconWrench } from '../../ui/icons.ts';
import { FAILED_WORK_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const FAILED_WORK_SCREEN: Screen = {
  path: FAILED_WORK_PATH,
  title: TEXTS.title,
  nav: { group: 'work', icon: IconWrench, order: 30 },
  words: 'errors dead letters groups inbox',
  load: () => import('./failed-work-screen.tsx'),
};
