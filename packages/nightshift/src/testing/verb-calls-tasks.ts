import { closePage, openPage } from '../page-background-task/index.ts';
import { sessions, taskScheduler } from '../platform/index.ts';
import {
  type Caller,
  isSessionActive,
  killSession,
  type StartedSession,
  startSession,
  stopSession,
} from '../session/index.ts';
import type { TaskPage, TaskPlace, TaskQuery } from '../task-scheduler/index.ts';
import {
  letHeedlessEnd,
  plain,
  sleeper,
  startHeedless,
  TARGET,
  type VerbCall,
  type VerbCase,
  type VerbStage,
} from './verb-stage.ts';

const FUTURE = new Date('2999-01-01T00:00:00Z');
const EVERYTHING = 10_000;

/** The functions of the task scheduler and of sessions. */
export const TASK_CALLS: Readonly<Record<string, VerbCall>> = {
  'taskScheduler.createTask': {
    verb: 'task.create',
    use: (_, { caller }) => taskScheduler.createTask(caller, plain, { notBefore: FUTURE }),
  },
  'taskScheduler.canCreateTask': {
    verb: 'task.create',
    expect: ({ reach }) => (reach === null ? 'hidden' : null),
    use: (_, { caller }) => taskScheduler.canCreateTask(caller),
  },
  'taskScheduler.setTaskReady': {
    verb: 'task.setReady',
    owned: true,
    use: async (stage, at) =>
      taskScheduler.setTaskReady(at.caller, await stage.task(at), { notBefore: FUTURE }),
  },
  'taskScheduler.taskExists': {
    verb: 'task.read',
    owned: true,
    use: async (stage, at) => taskScheduler.taskExists(at.caller, await stage.task(at)),
  },
  'taskScheduler.cancelTask': {
    verb: 'task.cancel',
    owned: true,
    use: async (stage, at) => taskScheduler.cancelTask(at.caller, await stage.task(at)),
  },
  'taskScheduler.rerunFailedTask': {
    verb: 'task.rerunFailed',
    owned: true,
    use: async (stage, at) => taskScheduler.rerunFailedTask(at.caller, await stage.failedTask(at)),
  },
  'taskScheduler.deleteFailedTask': {
    verb: 'task.deleteFailed',
    owned: true,
    use: async (stage, at) => taskScheduler.deleteFailedTask(at.caller, await stage.failedTask(at)),
  },
  'taskScheduler.reassign': {
    verb: 'task.reassign',
    owned: true,
    use: async (stage, at) => taskScheduler.reassign(at.caller, await stage.task(at), { user: TARGET }),
  },
  'taskScheduler.get': {
    verb: 'task.read',
    owned: true,
    use: async (stage, at) => taskScheduler.get(at.caller, await stage.task(at)),
  },
  'taskScheduler.explain': {
    verb: 'task.read',
    owned: true,
    use: async (stage, at) => taskScheduler.explain(at.caller, await stage.failedTask(at)),
  },
  'taskScheduler.page': {
    verb: 'task.read',
    owned: true,
    async use(stage, at) {
      const id = await stage.task(at);
      let after: TaskPlace | null = null;
      for (;;) {
        const query: TaskQuery = { limit: 500, ...(after === null ? {} : { after }) };
        const { tasks, next }: TaskPage = await taskScheduler.page(at.caller, query);
        if (tasks.some((task) => task.id === id)) return true;
        if (next === null) return false;
        after = next;
      }
    },
  },
  'taskScheduler.list': {
    verb: 'task.read',
    owned: true,
    async use(stage, at) {
      const id = await stage.task(at);
      return (await taskScheduler.list(at.caller, { limit: EVERYTHING })).some((task) => task.id === id);
    },
  },
  'sessions.list': {
    verb: 'session.read',
    owned: true,
    beyond: true,
    async use(stage, at) {
      const uniqueId = await stage.listed(at);
      return (await sessions.list(at.caller)).some((session) => session.uniqueId === uniqueId);
    },
  },
  'sessions.events': {
    verb: 'session.read',
    owned: true,
    beyond: true,
    async use(stage, at) {
      const uniqueId = await stage.event(at);
      return (await sessions.events(at.caller, { uniqueId })).length > 0;
    },
  },
  openPage: {
    verb: 'page.open',
    use: async (_, { caller }) => closePage(await openPage(caller, { name: 'Card' })),
  },
  startSession: {
    verb: 'session.start',
    async use(stage, { caller }) {
      const { id, finished } = await startSession(caller, sleeper);
      await stopSession(stage.kit.admin, id);
      await finished;
    },
  },
  stopSession: {
    verb: 'session.stop',
    owned: true,
    beyond: true,
    use: (stage, at) => withSession(stage, at, startSleeper, (id) => stopSession(at.caller, id)),
  },
  killSession: {
    verb: 'session.kill',
    owned: true,
    beyond: true,
    use: (stage, at) =>
      withSession(stage, at, startHeedless, async (id) => {
        await stopSession(stage.kit.admin, id);
        return killSession(at.caller, id);
      }),
  },
  isSessionActive: {
    verb: 'session.read',
    owned: true,
    beyond: true,
    use: (stage, at) => withSession(stage, at, startSleeper, (id) => isSessionActive(at.caller, id)),
  },
};

const startSleeper = (caller: Caller) => startSession(caller, sleeper);

/** No session has it. */
const UNUSED_ID = 2 ** 30;

/** With a session of the owner that runs; who may not work there has none. */
async function withSession(
  stage: VerbStage,
  at: VerbCase,
  start: (caller: Caller) => Promise<StartedSession>,
  use: (id: number) => Promise<boolean>,
): Promise<boolean> {
  const owner = stage.kit.platform.as({ user: at.owner, company: at.company });
  const session = await start(owner).catch(() => null);
  if (session === null) return use(UNUSED_ID);
  try {
    return await use(session.id);
  } finally {
    await stopSession(stage.kit.admin, session.id);
    letHeedlessEnd(session.id);
    await session.finished;
  }
}
