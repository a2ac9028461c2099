import type { Screen } from '../../app/screen.ts';
import { IconAudit } from '../../ui/icons.ts';
import { AUDIT_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const AUDIT_SCREEN: Screen = {
  path: AUDIT_PATH,
  title: TEXTS.list,
  nav: { group: 'administration', icon: IconAudit, order: 40 },
  words: 'change log history who did what denied',
  load: () => import('./audit-screen.tsx'),
};
