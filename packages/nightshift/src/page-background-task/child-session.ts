import { uuidV7 } from '../foundation/index.ts';
import {
  demandRun,
  doorOf,
  enterCodeunit,
  lentNoOf,
  runSession,
  type SessionHost,
  type SessionOutcome,
  type SessionSpec,
} from '../session/index.ts';
import type { PageTask } from './open-page.ts';
import { type TextDictionary, textDictionary } from './text-dictionary.ts';

/**
 * Pauses between the wish that a child session stops and its end, in milliseconds: a cancel that reaches the backend before
 * the statement is lost, so it is repeated. After the last one its connection is ended.
 */
const PRESS_MS = [20, 40, 60] as const;

/** Runs a task in its child session, which only reads. Never rejects. */
export async function runChild(
  host: SessionHost,
  task: PageTask,
  sessionId: number,
): Promise<SessionOutcome<TextDictionary>> {
  const { target, parameters } = task.order;
  return runSession(host, specOf(host, task, sessionId), target.name, async (session) => {
    // His rights may be others than when the task was enqueued.
    await demandRun(doorOf(session), target);
    if (session.stopped !== null) throw session.stopped;
    return textDictionary((await enterCodeunit(session, target, parameters)) ?? {}, 'result');
  });
}

function specOf(host: SessionHost, task: PageTask, sessionId: number): SessionSpec {
  const { owner } = task.page;
  const { user, company, lineage, correlationId } = owner.door;
  const { target, timeoutMs } = task.order;
  const uniqueId = uuidV7(host.clock.now());
  return {
    user,
    company,
    clientType: 'child',
    origin: 'page',
    isolation: 'main',
    lentNo: lentNoOf(host.audit.directory, target),
    readOnly: true,
    lineage,
    language: owner.language,
    timeZone: owner.timeZone,
    correlationId: correlationId ?? uniqueId,
    sessionId,
    uniqueId,
    idempotencyKey: uniqueId,
    attempt: 0,
    timeoutMs,
    fence: null,
    claim: null,
    lastError: null,
    userInterface: null,
  };
}

/** Ends a child session that was told to stop: its statement is cancelled, and what is not over then loses its connection. */
export async function press({ active, clock }: SessionHost, sessionId: number): Promise<void> {
  for (const pause of PRESS_MS) {
    await clock.sleep(pause);
    if (!active.stopAgain(sessionId)) return;
  }
  active.kill(sessionId);
}
