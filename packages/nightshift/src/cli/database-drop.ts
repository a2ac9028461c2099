import { NightshiftError } from '../foundation/index.ts';
import { type DatabaseDrop, type DroppedDatabase, dropDatabase, examineDrop } from '../platform/index.ts';
import { resetDatabase } from './database-commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { askYesOrNo } from './question.ts';
import { counted } from './showing.ts';

/** How `db drop` was called. */
export interface DropOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
}

/** Drops a database and its roles, after asking; of the embedded PostgreSQL everything. */
export async function dropDatabaseCommand(invocation: Invocation, options: DropOptions): Promise<ExitCode> {
  const { database } = invocation.settings;
  if (database.kind === 'embedded') return resetDatabase(invocation, options);
  const found = await examineDrop(database.url);
  if (options.yes !== true && !(await mayDrop(invocation, found))) {
    invocation.answer({ ...found, result: null }, () => 'Nothing was dropped.');
    return EXIT.failed;
  }
  const dropped = await dropDatabase(database.url, options.force === true);
  invocation.answer(dropped, () => dropText(dropped));
  return EXIT.ok;
}

async function mayDrop({ surroundings }: Invocation, found: DatabaseDrop): Promise<boolean> {
  if (surroundings.input.interactive) {
    const question = `Delete database ${found.address} with everything in it, and ${counted(found.roles, 'role')} of the server?`;
    return askYesOrNo(surroundings, question, false);
  }
  throw new NightshiftError(
    'VALIDATION',
    'Dropping a database is asked about, and there is nobody to answer: confirm with --yes.',
    { field: 'yes' },
  );
}

function dropText({ address, roles, result }: DroppedDatabase): string {
  const withRoles = `, with ${counted(roles, 'role')} of the server`;
  return result === 'dropped'
    ? `Database ${address} is dropped${withRoles}.`
    : `The login may not drop ${address}; everything of Nightshift is taken out of it, the companies too${withRoles}.`;
}
