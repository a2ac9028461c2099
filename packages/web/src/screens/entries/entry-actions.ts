import type { JobQueueEntryRow } from '@nightshift/client/api';
import { type Answer, api, newKey } from '../../data/api.ts';
import { startForeground } from '../../data/foreground.ts';
import type { InCompany } from '../../data/pages.ts';
import type { RowAction } from '../../ui/data-list/definition.ts';
import { reassignAction } from '../../ui/data-list/reassign.ts';
import {
  IconCheckCircle,
  IconCopy,
  IconFlag,
  IconHand,
  IconMonitor,
  IconPause,
  IconPlay,
  IconRestart,
  IconSkip,
  IconSquare,
  IconSun,
  IconTrash,
} from '../../ui/icons.ts';
import { readyWords, setReady } from './ready-words.ts';
import { TEXTS } from './texts.ts';

type Row = JobQueueEntryRow;
type Action = RowAction<Row>;

const { actions: LABELS, done: DONE, ask: ASK } = TEXTS;
const PRIORITIES = ['High', 'Normal', 'Low'] as const;

function at({ company, id }: InCompany<Row>) {
  return { params: { company, entryId: id } };
}

/** Starting something twice by pressing twice must not start it twice. */
function once() {
  return { idempotencyKey: newKey() };
}

function action(
  name: keyof typeof LABELS,
  icon: Action['icon'],
  run: Action['run'],
  more: Partial<Action> = {},
): Action {
  return { name, label: LABELS[name], icon, run, done: DONE[name], ...more };
}

/** What may be done with an entry, as Business Central has it, and what it lacks. The server says what is open now, and why not. */
export const ENTRY_ACTIONS: readonly Action[] = [
  action('setReady', IconCheckCircle, ({ company, id }) => setReady(company, id), {
    isMain: true,
    done: (name, answer) =>
      `${DONE.setReady(name)}. ${readyWords(answer as Answer<'jobQueueEntries.rehearsal'>)}`,
  }),
  action('setOnHold', IconPause, (row) => api.call('jobQueueEntries.setOnHold', at(row)), { isMain: true }),
  action('restart', IconRestart, (row) => api.call('jobQueueEntries.restart', { ...at(row), ...once() }), {
    isMain: true,
  }),
  action('runNow', IconPlay, (row) => api.call('jobQueueEntries.runNow', { ...at(row), ...once() }), {
    isMain: true,
  }),
  action(
    'runOnce',
    IconMonitor,
    ({ company, id, entryNo, description, object }) =>
      startForeground({ company, entryId: id, title: `${entryNo} · ${description || object}` }),
    { isMain: true, isSingle: true, isUntold: true },
  ),
  action(
    'stopRun',
    IconSquare,
    (row, { text }) => api.call('jobQueueEntries.stopRun', { ...at(row), body: { comment: text } }),
    {
      isDangerous: true,
      ask: (count, name) => ({
        title: ASK.stop(count, name),
        text: ASK.stopText,
        field: { label: ASK.stopField },
      }),
    },
  ),
  action('wake', IconSun, (row) => api.call('jobQueueEntries.wake', at(row))),
  action(
    'setPriority',
    IconFlag,
    (row, { choice }) => {
      const priority = PRIORITIES.find((each) => each === choice) ?? 'Normal';
      return api.call('jobQueueEntries.setPriority', { ...at(row), body: { priority } });
    },
    { ask: () => ({ title: ASK.priority, choice: { label: ASK.priorityField, words: PRIORITIES } }) },
  ),
  action('copy', IconCopy, (row) => api.call('jobQueueEntries.copy', { ...at(row), ...once() })),
  reassignAction(TEXTS, (row, user) => api.call('jobQueueEntries.reassign', { ...at(row), body: { user } })),
  action(
    'requestApproval',
    IconHand,
    (row, { text }) => api.call('jobQueueEntries.requestApproval', { ...at(row), body: { comment: text } }),
    {
      ask: (count, name) => ({ title: ASK.approval(count, name), field: { label: ASK.approvalField } }),
    },
  ),
  action('resetToCode', IconSkip, (row) => api.call('jobQueueEntries.resetToCode', at(row)), {
    isSingle: true,
  }),
  action('delete', IconTrash, (row) => api.call('jobQueueEntries.delete', at(row)), {
    isDangerous: true,
    ask: (count, name) => ({ title: ASK.remove(count, name), text: ASK.removeText }),
  }),
];
