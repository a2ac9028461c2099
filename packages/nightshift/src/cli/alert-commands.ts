import type { Command } from 'commander';
import { NightshiftError } from '../foundation/index.ts';
import { ALERT_KINDS, type Alert, type AlertKind } from '../job-queue/index.ts';
import type { CommandRunner } from './commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { instantText, tableOf } from './showing.ts';
import { alerts } from './verbs.ts';
import { withCaller } from './with-caller.ts';

const LISTED_DEFAULT = 50;
const LISTED_MAX = 500;

interface ListAlertsOptions {
  readonly kind?: string;
  readonly all?: boolean;
  readonly present?: boolean;
  readonly markSeen?: boolean;
  readonly limit?: string;
}

/** `alert …`. */
export function addAlertCommands(program: Command, run: CommandRunner): void {
  program
    .command('alert')
    .description('what people are told who do not look: runs that fail, entries that are late …')
    .command('list')
    .description('list the alerts that --user has not seen, newest first')
    .option('--all', 'also those that were seen')
    .option('--present', 'only what is so still')
    .option('--kind <kinds>', `only of these kinds, with commas between them: ${ALERT_KINDS.join(', ')}`)
    .option('--mark-seen', 'mark what is listed as seen')
    .option('--limit <n>', `at most so many, 1 to ${LISTED_MAX} (default: ${LISTED_DEFAULT})`)
    .action(run<ListAlertsOptions, []>(listAlertsCommand));
}

async function listAlertsCommand(
  invocation: Invocation,
  { kind, all = false, present = false, markSeen = false, limit: given }: ListAlertsOptions,
): Promise<ExitCode> {
  const kinds = kind === undefined ? null : kind.split(',').map(kindOf);
  const limit =
    given === undefined ? LISTED_DEFAULT : parseRange(given, 'limit', { minimum: 1, maximum: LISTED_MAX });
  await withCaller(invocation, {}, async (caller) => {
    const query = { unseen: !all, present, limit, ...(kinds === null ? {} : { kinds }) };
    const { alerts: found } = await alerts.list(caller, query);
    if (markSeen && found.length > 0) await alerts.markSeen(caller, { numbers: found.map(({ no }) => no) });
    invocation.answer(found, () =>
      found.length === 0
        ? `There are no${all ? '' : ' new'} alerts for ${caller.user} in ${caller.company}.`
        : alertsTable(found, caller.timeZone),
    );
  });
  return EXIT.ok;
}

function alertsTable(found: readonly Alert[], timeZone: string): string {
  return tableOf(
    ['No', 'Kind', 'Since', 'What', 'Over'],
    found.map(({ no, kind, since, text, overAt }) => [
      no,
      kind,
      instantText(since, timeZone),
      text,
      overAt === null ? '' : instantText(overAt, timeZone),
    ]),
  );
}

function kindOf(text: string): AlertKind {
  const found = ALERT_KINDS.find((kind) => kind === text.trim().toLowerCase());
  if (found !== undefined) return found;
  const rule = `There is no kind "${text.trim()}". The kinds are: ${ALERT_KINDS.join(', ')}.`;
  throw new NightshiftError('VALIDATION', rule, { field: 'kind' });
}
