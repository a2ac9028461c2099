import { startEmbeddedPostgres, statusOfEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { isNightshiftError } from '../foundation/index.ts';
import { type Finding, findingsOf, gatherFacts } from '../platform/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { counted } from './showing.ts';
import { embeddedOptions, visit } from './with-platform.ts';

const LEVEL_TEXT = { ok: 'ok      ', warning: 'warning ', error: 'ERROR   ' } as const;

/** Looks at everything that background work needs, and says what does not run, why, and what to do. */
export async function doctorCommand(invocation: Invocation): Promise<ExitCode> {
  const findings = await examine(invocation);
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  invocation.answer({ errors, warnings, findings }, () =>
    [...findings.map(lineOf), `${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`].join('\n'),
  );
  return errors === 0 ? EXIT.ok : EXIT.failed;
}

function lineOf({ level, topic, message, help }: Finding): string {
  const line = `${LEVEL_TEXT[level]} ${topic}: ${message}`;
  return help === null ? line : `${line}\n          → ${help}`;
}

async function examine(invocation: Invocation): Promise<readonly Finding[]> {
  const { clock } = invocation.surroundings;
  const { database } = invocation.settings;
  try {
    const where = await visit(database, false);
    if (where.url !== undefined) return findingsOf(await gatherFacts(where.url, clock));
  } catch (error) {
    if (!isNightshiftError(error, 'DATABASE_UNAVAILABLE')) throw error;
    return [{ level: 'error', topic: 'database', message: error.message, help: null }];
  }
  // Data, but no server: it is started for the look, and stopped again.
  const { dataDirectory } = await statusOfEmbeddedPostgres(embeddedOptions(database));
  invocation.notice(`Starting the embedded PostgreSQL in ${dataDirectory} …`);
  const server = await startEmbeddedPostgres({
    ...embeddedOptions(database),
    onNotice: (text) => invocation.notice(text),
  });
  try {
    return findingsOf(await gatherFacts(server.url, clock));
  } finally {
    await server.release();
  }
}
