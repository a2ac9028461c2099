import type { Screen } from '../../app/screen.ts';
import { useUnreadDocuments } from '../../data/reports.ts';
import { IconInbox } from '../../ui/icons.ts';
import { REPORT_INBOX_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const REPORT_INBOX_SCREEN: Screen = {
  path: REPORT_INBOX_PATH,
  title: TEXTS.list,
  nav: {
    group: 'work',
    icon: IconInbox,
    order: 25,
    count: { useCount: useUnreadDocuments, text: TEXTS.unreadCount },
  },
  words: '680 681 477 documents pdf excel xlsx csv html download',
  load: () => import('./inbox-screen.tsx'),
};
