import type { Screen } from '../../app/screen.ts';
import { IconGantt } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';

export const TIMELINE_SCREEN: Screen = {
  path: '/timeline',
  title: TEXTS.title,
  nav: { group: 'work', icon: IconGantt, order: 40 },
  words: 'gantt planned runs calendar forecast',
  load: () => import('./timeline-screen.tsx'),
};
