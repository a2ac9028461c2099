import type { Screen } from '../../app/screen.ts';
import { IconHeartPulse } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';

export const HEALTH_SCREEN: Screen = {
  path: '/health',
  title: TEXTS.title,
  nav: { group: 'engine', icon: IconHeartPulse, order: 40 },
  words: 'doctor instances lag limits database held release environment',
  load: () => import('./health-screen.tsx'),
};
