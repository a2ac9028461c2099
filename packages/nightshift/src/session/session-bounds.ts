import { NightshiftError } from '../foundation/index.ts';
import { lookAtLeftovers, lookAtSession } from './session-look.sql.ts';
import type { SessionTrail } from './session-trail.ts';
import { sendQuery } from './slot-wire.ts';
import type { Slot } from './slots.ts';
import { escapeOf, guardStatement, isEscape } from './statement-guard.ts';
import type { TransactionFrame } from './transaction-frame.ts';

/** A session whose statements are kept within its transaction, its rights and its connection. */
export interface BoundSession {
  /** A statement tried to leave them: nothing more can be done in the session, also when its code swallows the error. */
  escaped(error: NightshiftError, statement: string): void;
  /** Ends its connection. */
  destroy(): void;
}

/** The first line: the guard, before a statement is sent. @returns as `guardStatement` @throws as that */
export function guarded(session: BoundSession, statement: string): string {
  try {
    return guardStatement(statement);
  } catch (error) {
    if (isEscape(error)) session.escaped(error, statement);
    throw error;
  }
}

/** The second line, after PostgreSQL's own: a statement has ended the session's transaction. Returns what to throw. */
export function transactionLeft(session: BoundSession, statement: string): NightshiftError {
  return expelled(session, "A statement ended the session's transaction.", statement);
}

function expelled(session: BoundSession, text: string, statement: string): NightshiftError {
  const error = escapeOf(text, '');
  session.destroy();
  session.escaped(error, statement);
  return error;
}

/**
 * The third line, for what neither the guard nor PostgreSQL refuses: the role given back, which leaves no rights, and
 * locks of the platform, which everybody can take.
 * @param role whose rights the session has
 * @throws NightshiftError TRANSACTION_CONTROL
 */
export async function lookAfter(
  session: BoundSession,
  { client }: Slot,
  { role, statement }: { readonly role: string; readonly statement: string },
): Promise<void> {
  const { text, name } = lookAtSession;
  const { rows } = await sendQuery(client, { text, name, values: [] });
  const [now] = rows as [{ who: string; holdsPlatformLock: boolean }];
  if (now.holdsPlatformLock)
    throw expelled(session, 'A statement took a lock of the platform: the session ends.', statement);
  if (now.who !== role)
    throw expelled(session, "A statement changed the session's role: the session ends.", statement);
}

/**
 * Takes back what user code may have left on the connection. What it did leave is told: it would have met the next session
 * of the same user. Never throws.
 * @returns whether the connection is clean
 */
export async function wiped(
  frame: TransactionFrame,
  slot: Slot,
  surroundings: { trail(): SessionTrail },
): Promise<boolean> {
  try {
    // In a transaction that others share, what it has set is not to be told from what stays.
    const left = slot.client.getTransactionStatus() === 'I' ? await leftoversOn(slot) : null;
    if (left !== null) surroundings.trail().escaped(leftBehind(left), left);
    await frame.clean(slot);
    return true;
  } catch {
    return false;
  }
}

async function leftoversOn({ client, searchPath }: Slot): Promise<string | null> {
  const { text, name } = lookAtLeftovers;
  const { rows } = await sendQuery(client, { text, name, values: [searchPath] });
  const [{ settings, locks }] = rows as [{ settings: readonly string[]; locks: number }];
  const left = [...settings, ...(locks === 0 ? [] : [`advisory locks: ${locks}`])];
  return left.length === 0 ? null : left.join(', ');
}

function leftBehind(left: string): NightshiftError {
  return new NightshiftError(
    'TRANSACTION_CONTROL',
    `The session left on its connection what was taken back: ${left}.`,
  );
}
