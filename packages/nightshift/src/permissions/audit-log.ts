import type { Verb } from '../contract/permissions.ts';
import type { Executor } from '../database/index.ts';
import { printable, uuidV7 } from '../foundation/index.ts';
import { addAuditRows } from './audit-log.sql.ts';

/** Most characters that are kept of what a refusal says. */
const REASON_LENGTH_MAX = 2_000;
/** Most characters that are kept of any text; names that were never valid may be refused here. */
const TEXT_LENGTH_MAX = 10_000;

/** Who acts, and out of what. */
export interface Actor {
  readonly user: { readonly no: number; readonly name: string };
  readonly company: { readonly no: number; readonly name: string };
  /** The session that it comes from; null without one. */
  readonly sessionUniqueId: string | null;
  readonly correlationId: string | null;
}

/** Who or what acts: code that declares something acts for nobody. */
export interface AuditActor {
  readonly user: { readonly no: number | null; readonly name: string };
  readonly company: { readonly no: number | null; readonly name: string | null };
  readonly sessionUniqueId: string | null;
  readonly correlationId: string | null;
}

/** The code of an application, as the audit log names it. */
export function codeOf(application: string): AuditActor {
  return {
    user: { no: null, name: `(code of ${application})` },
    company: { no: null, name: null },
    sessionUniqueId: null,
    correlationId: null,
  };
}

/** What is acted on. */
export interface AuditObject {
  /** One word: `entry`, `task`, `session`, `company`, `user`, `permissionSet`, `codeunit`, `table` … */
  readonly kind: string;
  readonly id: string | null;
  /** What a person calls it. */
  readonly name?: string | null;
}

/** One row of the audit log, as it is added. */
export interface AuditEntry {
  readonly actor: AuditActor;
  readonly verb: Verb | AuditedEvent;
  readonly object: AuditObject;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Set for what was refused: the error's code and sentence. */
  readonly denial?: { readonly code: string; readonly reason: string };
}

/** What is written down without being a verb that somebody calls. */
export type AuditedEvent =
  /** A statement that PostgreSQL or the guard refused for want of rights. */
  | 'session.statement'
  /** A codeunit or a report ran, or was to run. */
  | 'codeunit.run'
  | 'report.run'
  /** The code of an application declares permission sets differently than before. */
  | 'permissionSet.declare'
  /** The code of an application changed which rights its codeunits lend. */
  | 'codeunit.inherentPermissions'
  /** Somebody signed in by HTTP with a password, or tried to. */
  | 'user.signIn'
  /** Roles or grants were not as they should be. */
  | 'rights.drift';

/** What a row is made of, in the order of the statement's columns. */
export function auditRow(entry: AuditEntry, now: Date): Readonly<Record<string, unknown>> {
  const { actor, object, denial } = entry;
  return {
    id: uuidV7(now),
    user_no: actor.user.no,
    user_name: actor.user.name,
    company_no: actor.company.no,
    company_name: actor.company.name,
    verb: entry.verb,
    object_kind: object.kind,
    object_id: object.id,
    object_name: object.name ?? null,
    before: entry.before ?? null,
    after: entry.after ?? null,
    result: denial === undefined ? 'allowed' : 'denied',
    error_code: denial?.code ?? null,
    reason: denial?.reason.slice(0, REASON_LENGTH_MAX).toWellFormed() ?? null,
    session_unique_id: actor.sessionUniqueId,
    correlation_id: actor.correlationId,
  };
}

/**
 * Adds rows to the audit log. In the transaction of what is written down when it succeeded, so that there is neither
 * without the other; in one of its own when it was refused.
 */
export async function writeAudit(
  database: Executor,
  entries: readonly AuditEntry[],
  now: Date,
): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => auditRow(entry, now));
  const storable = (_key: string, value: unknown) =>
    typeof value === 'string' ? printable(value, TEXT_LENGTH_MAX) : value;
  await database.run(addAuditRows, [JSON.stringify(rows, storable)]);
}
