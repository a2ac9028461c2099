import type { JobQueueLogEntryRow } from '@nightshift/client/api';
import { api, newKey } from '../../data/api.ts';
import { startForeground } from '../../data/foreground.ts';
import type { InCompany } from '../../data/pages.ts';
import type { RowAction } from '../../ui/data-list/definition.ts';
import { IconBan, IconMonitor, IconRestart, IconSquare } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';

type Row = JobQueueLogEntryRow;

const { actions: LABELS, done: DONE, ask: ASK } = TEXTS;

/** Has the object of a run run once more, before whoever is at the screen. */
export function runBeforeMe({
  company,
  entryId,
  entryNo,
  description,
  object,
}: InCompany<Row>): Promise<void> {
  return startForeground({ company, entryId, title: `${entryNo} · ${description || object}` });
}

/** What may be done with a run. The server says what is open now, and why not. */
export const LOG_ENTRY_ACTIONS: readonly RowAction<Row>[] = [
  {
    name: 'retry',
    label: LABELS.retry,
    icon: IconRestart,
    isMain: true,
    run: ({ company, no }) =>
      api.call('jobQueueLogEntries.retry', { params: { company, no }, idempotencyKey: newKey() }),
    done: DONE.retry,
  },
  {
    name: 'runOnce',
    label: LABELS.runOnce,
    icon: IconMonitor,
    isMain: true,
    isSingle: true,
    isUntold: true,
    run: runBeforeMe,
    done: DONE.runOnce,
  },
  {
    name: 'stopRun',
    label: LABELS.stopRun,
    icon: IconSquare,
    isMain: true,
    isDangerous: true,
    // It stops whatever the entry runs: on the card of a run that is over that would be another one.
    closedFor: ({ status }) => (status === 'In Process' ? null : ASK.isOver),
    ask: (count, name) => ({
      title: ASK.stop(count, name),
      text: ASK.stopText,
      field: { label: ASK.stopField },
    }),
    run: ({ company, entryId }, { text }) =>
      api.call('jobQueueEntries.stopRun', { params: { company, entryId }, body: { comment: text } }),
    done: DONE.stopRun,
  },
  {
    name: 'kill',
    label: LABELS.kill,
    icon: IconBan,
    isMain: true,
    isDangerous: true,
    ask: (count, name) => ({ title: ASK.kill(count, name), text: ASK.killText }),
    run: ({ company, sessionId }) => api.call('sessions.kill', { params: { company, sessionId } }),
    done: DONE.kill,
  },
];
