import type { ScheduledTaskRow } from '@nightshift/client/api';
import { api, changed } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';
import type { RowAction } from '../../ui/data-list/definition.ts';
import { reassignAction } from '../../ui/data-list/reassign.ts';
import { IconBan, IconCheckCircle, IconRestart, IconTrash } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';

type Row = ScheduledTaskRow;
type Action = RowAction<Row>;

const { actions: LABELS, done: DONE, ask: ASK } = TEXTS;

function at({ company, id }: InCompany<Row>) {
  return { params: { company, taskId: id } };
}

/** What is done to a task is done to the entry behind it. */
async function touching<T>(done: Promise<T>): Promise<T> {
  const answer = await done;
  changed('jobQueueEntries');
  return answer;
}

function action(
  name: keyof typeof LABELS,
  icon: Action['icon'],
  run: Action['run'],
  more: Partial<Action> = {},
): Action {
  return {
    name,
    label: LABELS[name],
    icon,
    run: (row, given) => touching(run(row, given)),
    done: DONE[name],
    ...more,
  };
}

/** What may be done with a task. The server says what is open now, and why not. */
export const TASK_ACTIONS: readonly Action[] = [
  action('setReady', IconCheckCircle, (row) => api.call('scheduledTasks.setReady', at(row)), {
    isMain: true,
  }),
  action('cancel', IconBan, (row) => api.call('scheduledTasks.cancel', at(row)), {
    isMain: true,
    isDangerous: true,
    ask: (count, name) => ({ title: ASK.cancel(count, name), text: ASK.cancelText }),
  }),
  action('rerun', IconRestart, (row) => api.call('scheduledTasks.rerun', at(row)), { isMain: true }),
  reassignAction(TEXTS, (row, user) =>
    touching(api.call('scheduledTasks.reassign', { ...at(row), body: { user } })),
  ),
  action('delete', IconTrash, (row) => api.call('scheduledTasks.delete', at(row)), {
    isDangerous: true,
    ask: (count, name) => ({ title: ASK.delete(count, name), text: ASK.deleteText }),
  }),
];
