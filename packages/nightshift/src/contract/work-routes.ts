import { z } from 'zod';
import { route } from './route.ts';
import {
  field,
  givenInstant,
  id,
  inCompany,
  pageOf,
  paging,
  queryFlag,
  queryNumber,
  queryWords,
  text,
} from './wire.ts';
import {
  CLIENT_TYPES,
  EVENT_TYPES,
  environment,
  session,
  sessionEvent,
  startedSession,
  TASK_STATES,
  task,
  taskRow,
} from './work.ts';

const place = z.strictObject(inCompany);
const TASK = '/companies/{company}/scheduledTasks/{taskId}';
const oneTask = z.strictObject({ ...inCompany, taskId: field(id, 'The id of the task.') });

const oneSession = z.strictObject({
  ...inCompany,
  sessionId: field(queryNumber(0, 2_147_483_647), 'The number of the session.'),
});

/** Addresses about what runs and what is to run. */
export const WORK_ROUTES = {
  'scheduledTasks.list': route({
    method: 'GET',
    path: '/companies/{company}/scheduledTasks',
    summary: 'The scheduled tasks of a company, those that are due first in front.',
    verbs: ['task.read'],
    params: place,
    query: z.strictObject({
      ...paging,
      state: field(queryWords(TASK_STATES).optional(), 'Only tasks in one of these states.'),
      userGone: field(queryFlag.optional(), 'Only tasks that run as somebody who is gone.'),
    }),
    answer: pageOf(taskRow),
    csv: true,
  }),
  'scheduledTasks.get': route({
    method: 'GET',
    path: TASK,
    summary: 'One scheduled task, and why it does not run.',
    verbs: ['task.read'],
    params: oneTask,
    answer: task,
  }),
  'scheduledTasks.setReady': route({
    method: 'POST',
    path: `${TASK}/actions/setReady`,
    summary: 'Sets a task ready.',
    verbs: ['task.setReady', 'task.read', 'user.runAsApplication'],
    params: oneTask,
    body: z.strictObject({ notBefore: field(givenInstant.optional(), 'Not before this instant.') }),
    answer: task,
  }),
  'scheduledTasks.cancel': route({
    method: 'POST',
    path: `${TASK}/actions/cancel`,
    summary: 'Cancels a task that has not begun.',
    verbs: ['task.cancel', 'task.read'],
    params: oneTask,
  }),
  'scheduledTasks.rerun': route({
    method: 'POST',
    path: `${TASK}/actions/rerun`,
    summary: 'Runs a task again that has failed for good.',
    verbs: ['task.rerunFailed', 'task.read'],
    params: oneTask,
    answer: task,
    idempotent: true,
  }),
  'scheduledTasks.delete': route({
    method: 'DELETE',
    path: TASK,
    summary: 'Deletes a task that has failed for good.',
    verbs: ['task.deleteFailed', 'task.read'],
    params: oneTask,
  }),
  'scheduledTasks.reassign': route({
    method: 'POST',
    path: `${TASK}/actions/reassign`,
    summary: 'Gives a task to another user, who has to set it ready.',
    verbs: ['task.reassign', 'task.read', 'user.runAsApplication'],
    params: oneTask,
    body: z.strictObject({ user: field(text(200, 1), 'The name of that user.') }),
    answer: task,
  }),
  'sessions.list': route({
    method: 'GET',
    path: '/companies/{company}/sessions',
    summary: 'The sessions of a company that run now, the oldest first.',
    verbs: ['session.read'],
    params: place,
    query: z.strictObject({ ...paging, user: field(text(200).optional(), 'Only sessions of this user.') }),
    answer: pageOf(session),
  }),
  'sessions.start': route({
    method: 'POST',
    path: '/companies/{company}/sessions',
    summary:
      'Starts a codeunit in a background session of this server instance, as you; the answer does not wait for its end.',
    verbs: ['session.start'],
    params: place,
    body: z.strictObject({
      codeunit: field(text(100, 1), 'The name of the codeunit.'),
      record: field(z.unknown().optional(), 'What it is given, by its own schema; nothing when left out.'),
      timeoutMs: field(
        z.int().min(1).max(172_800_000).optional(),
        'Milliseconds after which it is stopped; 12 hours when left out.',
      ),
    }),
    answer: startedSession,
    status: 202,
    idempotent: true,
  }),
  'sessions.stop': route({
    method: 'POST',
    path: '/companies/{company}/sessions/{sessionId}/actions/stop',
    summary: 'Stops a session of any server instance; nothing of it commits.',
    verbs: ['session.stop', 'session.read'],
    params: oneSession,
    body: z.strictObject({ comment: field(text(10_000).optional(), 'Why; it goes to the session event.') }),
  }),
  'sessions.kill': route({
    method: 'POST',
    path: '/companies/{company}/sessions/{sessionId}/actions/kill',
    summary: 'Ends a session at once that was asked to stop and has not ended; nothing of it commits.',
    verbs: ['session.kill', 'session.read'],
    params: oneSession,
  }),
  'sessionEvents.list': route({
    method: 'GET',
    path: '/companies/{company}/sessionEvents',
    summary: 'What happened to the sessions of a company, newest first.',
    verbs: ['session.read'],
    params: place,
    query: z.strictObject({
      ...paging,
      type: field(queryWords(EVENT_TYPES).optional(), 'Only events of these types.'),
      sessionId: field(queryNumber(0, 2_147_483_647).optional(), 'Only events of sessions with this number.'),
      uniqueId: field(id.optional(), 'Only events of this session.'),
      codeunit: field(text(100).optional(), 'Only events of sessions that ran this codeunit.'),
      clientType: field(queryWords(CLIENT_TYPES).optional(), 'Only events of sessions of these kinds.'),
      user: field(text(200).optional(), 'Only events of sessions of this user.'),
      since: field(givenInstant.optional(), 'Only events that are not older than this.'),
    }),
    answer: pageOf(sessionEvent),
    csv: true,
  }),
  'environment.get': route({
    method: 'GET',
    path: '/environment',
    summary: 'What the database is called, and the server instances that work on it.',
    verbs: ['environment.read'],
    answer: environment,
  }),
  'environment.release': route({
    method: 'POST',
    path: '/environment/actions/release',
    summary: 'Approves the database under a name: instances that are held begin.',
    verbs: ['environment.release'],
    body: z.strictObject({
      name: field(text(100, 1).optional(), 'Its name; that of the held instances when left out.'),
    }),
    answer: environment,
  }),
} as const;

/** Their names. */
export type WorkRouteName = keyof typeof WORK_ROUTES;
