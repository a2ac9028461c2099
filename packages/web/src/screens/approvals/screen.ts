import type { Screen } from '../../app/screen.ts';
import { IconApproval } from '../../ui/icons.ts';
import { APPROVALS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const APPROVALS_SCREEN: Screen = {
  path: APPROVALS_PATH,
  title: TEXTS.list,
  nav: { group: 'work', icon: IconApproval, order: 70 },
  words: 'approve reject request delegated',
  load: () => import('./approvals-screen.tsx'),
};
