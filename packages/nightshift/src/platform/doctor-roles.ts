import type { RoleHealth } from '../permissions/index.ts';
import { count, error, type Finding, ok, warning } from './finding.ts';

/** Differences that are named one by one; the rest is counted. */
const NAMED_MAX = 5;
const NAMES_MAX = 10;

/** What is to be said of roles and grants: whether PostgreSQL enforces what the permission sets say. */
export function roleFindings(health: RoleHealth | null): readonly Finding[] {
  if (health === null) return [];
  return [...driftFindings(health.drift), ...unknownTableFindings(health)];
}

function driftFindings(drift: readonly string[]): readonly Finding[] {
  if (drift.length === 0) return [ok('rights', 'Roles and grants are as the permission sets say.')];
  const rest = drift.length - NAMED_MAX;
  const more = rest > 0 ? ` And ${rest} more.` : '';
  const what = count(drift.length, 'role or grant is', 'roles or grants are');
  return [
    error(
      'rights',
      `${what} not as the permission sets say: ${drift.slice(0, NAMED_MAX).join(' ')}${more}`,
      'See "nightshift rights check"; "nightshift rights repair" puts it right, and so does the next start of an instance.',
    ),
  ];
}

function unknownTableFindings({ unknownTables }: RoleHealth): readonly Finding[] {
  if (unknownTables.length === 0) return [];
  const names = unknownTables
    .slice(0, NAMES_MAX)
    .map(({ permissionSet, table }) => `${table} (${permissionSet})`);
  const rest = unknownTables.length - NAMES_MAX;
  return [
    warning(
      'rights',
      `Permission sets name tables that no company has: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`,
      'Correct the names, or apply the migrations that make the tables.',
    ),
  ];
}
