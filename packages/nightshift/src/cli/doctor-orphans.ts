import { type Database, openDatabase } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { dropRolesOfMark, findOrphans, type OrphanedRoles, type OrphanSearch } from '../permissions/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { askYesOrNo } from './question.ts';
import { counted } from './showing.ts';
import { visit } from './with-platform.ts';

/** How `doctor --orphans` was called. */
export interface OrphanOptions {
  readonly orphans?: boolean;
  readonly mark?: string;
  readonly yes?: boolean;
}

/** Roles of one mark that could not be dropped. */
interface KeptRoles {
  readonly mark: string;
  readonly reason: string;
}

/** Lists the roles of databases that are no more, and drops them, after asking. */
export async function removeOrphans(invocation: Invocation, options: OrphanOptions): Promise<ExitCode> {
  const where = await visit(invocation.settings.database, false);
  if (where.url === undefined) {
    // The embedded PostgreSQL has no other databases, and is not started to find that out.
    throw new NightshiftError('DATABASE_UNAVAILABLE', 'The embedded PostgreSQL does not run.', {
      field: 'data',
    });
  }
  const database = await openDatabase({ url: where.url, applicationName: 'nightshift doctor' });
  try {
    const all = await findOrphans(database);
    const { mark = null } = options;
    const orphans = all.orphans.filter((each) => mark === null || each.mark === mark);
    return await removeFound(invocation, database, { ...all, orphans }, options.yes === true);
  } finally {
    await database.close();
  }
}

async function removeFound(
  invocation: Invocation,
  database: Database,
  found: OrphanSearch,
  isConfirmed: boolean,
): Promise<ExitCode> {
  const answer = (dropped: number, kept: readonly KeptRoles[], text: readonly string[]) =>
    invocation.answer({ ...found, dropped, kept }, () => text.join('\n'));
  if (found.orphans.length === 0) {
    answer(0, [], [...unseenLines(found), 'No roles are left behind.']);
    return EXIT.ok;
  }
  invocation.notice([...found.orphans.map(orphanLine), ...unseenLines(found)].join('\n'));
  if (!isConfirmed && !(await mayRemove(invocation, found))) {
    answer(0, [], ['Nothing was removed.']);
    return EXIT.failed;
  }
  let dropped = 0;
  const kept: KeptRoles[] = [];
  for (const { mark, roles } of found.orphans) {
    try {
      dropped += await dropRolesOfMark(database, roles);
    } catch (error) {
      kept.push({ mark, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  const stay = kept.map(({ mark, reason }) => `Those of mark ${mark} stay: ${reason}.`);
  answer(dropped, kept, [`${counted(dropped, 'role')} removed.`, ...stay]);
  return kept.length === 0 ? EXIT.ok : EXIT.failed;
}

function orphanLine({ mark, roles }: OrphanedRoles): string {
  return `${counted(roles.length, 'role')} of mark ${mark}, which no database has: ${roles[0]}${roles.length > 1 ? ' …' : ''}`;
}

function unseenLines({ unseen }: OrphanSearch): readonly string[] {
  return unseen.map(
    ({ database, reason }) =>
      `Database ${database} could not be looked into (${reason}); roles that have to do with it stay.`,
  );
}

async function mayRemove({ surroundings }: Invocation, { orphans }: OrphanSearch): Promise<boolean> {
  const number = orphans.reduce((sum, { roles }) => sum + roles.length, 0);
  if (surroundings.input.interactive)
    return askYesOrNo(surroundings, `Remove ${counted(number, 'role')} from the server?`, false);
  throw new NightshiftError(
    'VALIDATION',
    'Removing roles is asked about, and there is nobody to answer: confirm with --yes.',
    { field: 'yes' },
  );
}
