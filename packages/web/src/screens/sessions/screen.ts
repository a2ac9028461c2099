import type { Screen } from '../../app/screen.ts';
import { IconActivity, IconHistory } from '../../ui/icons.ts';
import { SESSION_EVENTS_PATH, SESSIONS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const SESSIONS_SCREEN: Screen = {
  path: SESSIONS_PATH,
  title: TEXTS.sessions,
  nav: { group: 'engine', icon: IconActivity, order: 20 },
  words: '9506 670 2000000110 active concurrent session list',
  load: () => import('./sessions-screen.tsx'),
};

export const SESSION_EVENTS_SCREEN: Screen = {
  path: SESSION_EVENTS_PATH,
  title: TEXTS.events,
  nav: { group: 'engine', icon: IconHistory, order: 30 },
  words: '2000000111 logon logoff',
  load: () => import('./session-events-screen.tsx'),
};
