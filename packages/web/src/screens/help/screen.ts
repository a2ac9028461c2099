import type { Screen } from '../../app/screen.ts';
import { TEXTS } from './texts.ts';

export const HELP_SCREEN: Screen = {
  path: '/help',
  title: TEXTS.title,
  nav: null,
  words: 'support session about version',
  load: () => import('./help-screen.tsx'),
};
