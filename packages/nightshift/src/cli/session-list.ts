import type { Caller } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { between, placeText, stateText } from './session-view.ts';
import type { Settings } from './settings.ts';
import { tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { environment, sessions } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** Lists what runs now on all server instances; of one company or user when the command line names them. */
export async function listSessionsCommand(invocation: Invocation): Promise<ExitCode> {
  const { settings, surroundings } = invocation;
  await withCaller(invocation, {}, async (caller) => {
    const listed = await sessions.list(caller, namedFilter(settings));
    const zone = zoneOrUtc(caller.timeZone);
    const now = surroundings.clock.now();
    invocation.answer(listed, () =>
      listed.length === 0
        ? `No sessions run${whichText(settings)}.`
        : tableOf(
            [
              'Id',
              'State',
              'Codeunit',
              'User',
              'Company',
              'Client type',
              `Started (${zone})`,
              'For',
              'Instance',
            ],
            listed.map((session) => [
              session.id,
              stateText(session, zone),
              session.codeunit,
              session.user,
              session.company,
              session.clientType,
              wallClockText(session.startedAt, zone),
              between(session.startedAt, now),
              placeText(session),
            ]),
          ),
    );
    await tellHeld(invocation, caller);
  });
  return EXIT.ok;
}

/** Whoever misses a session here may wait for an instance that runs none by itself. */
async function tellHeld(invocation: Invocation, caller: Caller): Promise<void> {
  const { instances } = await environment.show(caller);
  for (const { host, processId, held } of instances) {
    if (held !== null) invocation.notice(`${host}:${processId} is held and runs no tasks: ${held}`);
  }
}

/** What a list is narrowed to: only what the command line names, not who acts by default. */
export function namedFilter({ named }: Settings): { readonly user?: string; readonly company?: string } {
  return {
    ...(named.user === null ? {} : { user: named.user }),
    ...(named.company === null ? {} : { company: named.company }),
  };
}

/** ` of user ADMIN in company CRONUS`, or nothing. */
function whichText({ named }: Settings): string {
  return [
    named.user === null ? '' : ` of user ${named.user}`,
    named.company === null ? '' : ` in company ${named.company}`,
  ].join('');
}
