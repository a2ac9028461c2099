import type { Screen } from '../../app/screen.ts';
import { IconReport } from '../../ui/icons.ts';
import { REPORTS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const REPORTS_SCREEN: Screen = {
  path: REPORTS_PATH,
  title: TEXTS.list,
  nav: { group: 'work', icon: IconReport, order: 26 },
  words: 'run schedule documents print pdf excel',
  load: () => import('./reports-screen.tsx'),
};
