import { companySchema, SHARED_SCHEMA } from '../permissions/index.ts';
import { RecordedTransaction, type TableActivity } from './recorded-transaction.ts';
import { RunningSession } from './running-session.ts';
import type { SessionHost } from './session-host.ts';
import type { SessionOutcome } from './session-outcome.ts';
import { activeSession, type Code, leave, runIn, type SessionWork } from './session-runner.ts';
import type { SessionSpec } from './session-spec.ts';
import { ownTransaction } from './transaction-frame.ts';

/** A statement of user code. */
export interface RecordedStatement {
  readonly text: string;
  /** The codeunits that ran each other when it was sent, outermost first. */
  readonly codeunits: readonly string[];
}

/** What a session has done, as far as rights are concerned. */
export interface SessionRecording {
  /** The codeunits that it ran, or wanted to run, in the order of their first time. */
  readonly codeunits: readonly string[];
  /** The statements of its code, each once for each chain of codeunits. */
  readonly statements: readonly RecordedStatement[];
  /** What became of tables, by functions and triggers too; one item per transaction and table. */
  readonly activity: readonly TableActivity[];
  /** False when a transaction failed: what its functions and triggers did could not be seen any more. */
  readonly isComplete: boolean;
}

/** How a session is recorded. */
export interface RecordedPart<T> {
  /** Shown where a codeunit's name would be. */
  readonly name: string;
  /** Whether what it does is kept; otherwise it is rolled back, and its commits are not carried out. */
  readonly keeps: boolean;
  readonly work: SessionWork<T>;
}

/**
 * Runs a session in this thread and writes down which codeunits it runs and what it asks of the database. Never rejects.
 * What it does outside of its transaction is done: sessions that it starts run, mails are sent.
 */
export async function runRecorded<T>(
  host: SessionHost,
  spec: SessionSpec,
  { name, keeps, work }: RecordedPart<T>,
): Promise<{ readonly outcome: SessionOutcome<T>; readonly recording: SessionRecording }> {
  const codeunits = new Set<string>();
  const statements = new Map<string, RecordedStatement>();
  const activity: TableActivity[] = [];
  let isComplete = true;
  const frame = new RecordedTransaction(ownTransaction(host.slots, spec), {
    schemas: [companySchema(spec.company.no), SHARED_SCHEMA],
    keeps,
    asked: (text) => {
      const chain = session.chain.slice(1);
      statements.set(JSON.stringify([text, chain]), { text, codeunits: chain });
    },
    did: (done) => {
      if (done === null) isComplete = false;
      else activity.push(...done);
    },
  });
  const watched: SessionSpec = { ...spec, onCodeunit: (codeunit) => void codeunits.add(codeunit) };
  const session = new RunningSession(host, watched, name, frame);
  const code: Code = { settled: true, onSettled: null, abandon: () => undefined };
  const active = activeSession(host, session, code);
  const outcome = await runIn(host, active, session, { code, work });
  await frame.settled;
  if (outcome.kind === 'completed' && keeps) session.committed();
  else session.rolledBack();
  const recording = { codeunits: [...codeunits], statements: [...statements.values()], activity, isComplete };
  return { outcome: await leave(host, active, code, outcome), recording };
}
