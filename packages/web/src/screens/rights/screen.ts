import type { Screen } from '../../app/screen.ts';
import { IconScale } from '../../ui/icons.ts';
import { RIGHTS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const RIGHTS_SCREEN: Screen = {
  path: RIGHTS_PATH,
  title: TEXTS.title,
  nav: { group: 'administration', icon: IconScale, order: 25 },
  words: 'effective permissions explain may run schedule missing why',
  load: () => import('./rights-screen.tsx'),
};
