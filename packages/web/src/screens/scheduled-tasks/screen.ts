import type { Screen } from '../../app/screen.ts';
import { IconTasks } from '../../ui/icons.ts';
import { TASKS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

export const TASKS_SCREEN: Screen = {
  path: TASKS_PATH,
  title: TEXTS.list,
  nav: { group: 'engine', icon: IconTasks, order: 10 },
  words: '3845 2000000175 task scheduler',
  load: () => import('./tasks-screen.tsx'),
};

export const TASK_SCREEN: Screen = {
  path: `${TASKS_PATH}/$taskId`,
  title: TEXTS.card,
  nav: null,
  load: () => import('./task-screen.tsx'),
};
