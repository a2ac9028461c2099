import type { AuditFilter, AuditLogEntry } from '../administration/index.ts';
import { AUDIT_LIMIT_MAX } from '../administration/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseInstant, parseRange } from './parsing.ts';
import { tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { auditLog } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';

/** How `audit list` was called. */
export interface AuditOptions {
  readonly by?: string;
  readonly verb?: string;
  readonly object?: string;
  readonly kind?: string;
  readonly from?: string;
  readonly to?: string;
  readonly denied?: boolean;
  readonly before?: string;
  readonly limit?: string;
}

/** Lists the audit log, newest first. */
export async function listAudit(invocation: Invocation, options: AuditOptions): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const { company } = invocation.settings.named;
    const filter = {
      ...filterOf(options, caller.timeZone),
      ...(company === null ? {} : { company }),
    };
    const entries = await auditLog.list(caller, filter);
    const zone = zoneOrUtc(caller.timeZone);
    invocation.answer(entries, () =>
      entries.length === 0
        ? 'There is nothing like that in the audit log.'
        : tableOf(
            [`At (${zone})`, 'User', 'Company', 'Verb', 'Object', 'Result', 'What'],
            entries.map((entry) => [
              wallClockText(entry.at, zone),
              entry.user,
              entry.company,
              entry.verb,
              `${entry.object.kind} ${entry.object.name ?? entry.object.id ?? ''}`.trim(),
              entry.errorCode ?? entry.result,
              whatText(entry),
            ]),
          ),
    );
  });
  return EXIT.ok;
}

function filterOf(options: AuditOptions, zone: string): AuditFilter {
  const { by, verb, object, kind, from, to, denied, before, limit } = options;
  return {
    ...(by === undefined ? {} : { user: by }),
    ...(verb === undefined ? {} : { verbs: verb.split(',').map((name) => name.trim()) }),
    ...(object === undefined ? {} : { object }),
    ...(kind === undefined ? {} : { objectKind: kind }),
    ...(from === undefined ? {} : { from: parseInstant(from, 'from', zone) }),
    ...(to === undefined ? {} : { to: parseInstant(to, 'to', zone) }),
    ...(denied === true ? { result: 'denied' } : {}),
    ...(before === undefined ? {} : { before }),
    ...(limit === undefined
      ? {}
      : { limit: parseRange(limit, 'limit', { minimum: 1, maximum: AUDIT_LIMIT_MAX }) }),
  };
}

/** Why it was refused, or what it became; the whole of it is in `--json`. */
function whatText({ reason, before, after }: AuditLogEntry): string | null {
  if (reason !== null) return reason;
  if (after !== null) return JSON.stringify(after);
  return before === null ? null : `no more ${JSON.stringify(before)}`;
}
