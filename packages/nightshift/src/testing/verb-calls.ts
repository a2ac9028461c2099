import { isNightshiftError } from '../foundation/index.ts';
import { ADMINISTRATION_CALLS } from './verb-calls-administration.ts';
import { ALERT_CALLS } from './verb-calls-alerts.ts';
import { ITEM_CALLS } from './verb-calls-items.ts';
import { JOB_QUEUE_CALLS } from './verb-calls-job-queue.ts';
import { REPORT_CALLS } from './verb-calls-reports.ts';
import { TASK_CALLS } from './verb-calls-tasks.ts';
import type { VerbCall, VerbCase, VerbOutcome, VerbStage } from './verb-stage.ts';

/** Every public function that asks who calls, by its name, and how it is tried out. */
export const VERB_CALLS: Readonly<Record<string, VerbCall>> = {
  ...TASK_CALLS,
  ...JOB_QUEUE_CALLS,
  ...ALERT_CALLS,
  ...ITEM_CALLS,
  ...REPORT_CALLS,
  ...ADMINISTRATION_CALLS,
};

/** Tries one out. @throws what is neither an answer nor a refusal */
export async function outcomeOf(call: VerbCall, stage: VerbStage, at: VerbCase): Promise<VerbOutcome> {
  try {
    const answer = await call.use(stage, at);
    return answer === false || answer === null ? 'hidden' : 'allowed';
  } catch (error) {
    if (isNightshiftError(error, 'PERMISSION_DENIED')) return 'denied';
    if (
      isNightshiftError(
        error,
        'ENTRY_UNKNOWN',
        'APPROVAL_UNKNOWN',
        'COMPANY_UNKNOWN',
        'CATEGORY_UNKNOWN',
        'LOG_ENTRY_UNKNOWN',
        'API_KEY_UNKNOWN',
      )
    )
      return 'hidden';
    throw error;
  }
}
