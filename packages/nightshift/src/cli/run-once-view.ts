import { describeDuration } from '../foundation/index.ts';
import type { RunOnceResult } from '../job-queue/index.ts';
import type { UserInterface } from '../session/index.ts';
import { errorView } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { visible } from './printable-text.ts';
import type { Surroundings } from './surroundings.ts';
import { terminalInterface } from './terminal-interface.ts';

/** The person at the terminal before a run: he sees its log, too. */
export function personBefore(
  surroundings: Surroundings,
  alwaysYes: boolean,
): UserInterface & Required<Pick<UserInterface, 'log'>> {
  return {
    ...terminalInterface(surroundings, alwaysYes),
    log({ level, text, details }) {
      // Messages are shown when they come.
      if ((details as { readonly dialog?: unknown } | null)?.dialog === 'message') return;
      surroundings.output.err(visible(level === 'information' ? text : `${level}: ${text}`));
    },
  };
}

/** Says how a run before the person at the terminal has ended. */
export function tellRun(
  invocation: Invocation,
  entryNo: number,
  { status, error, logEntryNo, differences, tookMs }: RunOnceResult & { readonly tookMs: number },
): ExitCode {
  invocation.answer({ entryNo, status, logEntryNo, tookMs, error: errorView(error), differences }, () => {
    const head = `${status} after ${describeDuration(tookMs)}, log entry ${logEntryNo}.`;
    const failure =
      error === null ? [] : [`${error.message}${error.code === null ? '' : ` (${error.code})`}`];
    return [head, ...failure, ...differenceLines(differences)].join('\n');
  });
  return status === 'Success' ? EXIT.ok : EXIT.failed;
}

/** What works before a person may fail at night. */
function differenceLines(differences: RunOnceResult['differences']): readonly string[] {
  return [
    'In the background it would differ:',
    ...differences.map(({ what, foreground, background }) => `  ${what}: ${background} (now: ${foreground})`),
  ];
}
