import type { ListedUser, UserDetails } from '../administration/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { instantText, listOf, tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { users } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';

/** Lists the users; with `gone` those who are disabled or expired. */
export async function listUsersCommand(
  invocation: Invocation,
  { gone }: { readonly gone?: boolean },
): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const listed = await users.list(caller, gone === true ? { isGone: true } : {});
    const zone = zoneOrUtc(caller.timeZone);
    invocation.answer(listed, () =>
      listed.length === 0
        ? 'There is no such user.'
        : tableOf(
            ['Name', 'Full name', 'State', 'Kind', 'Schedules', 'Delegated', `Valid until (${zone})`],
            listed.map((user) => [
              user.name,
              user.fullName,
              stateText(user),
              user.kind,
              yesOrNo(user.canSchedule),
              yesOrNo(user.isDelegated),
              user.validUntil === null ? null : wallClockText(user.validUntil, zone),
            ]),
          ),
    );
  });
  return EXIT.ok;
}

/** Shows a user, and what he is assigned. */
export async function showUser(invocation: Invocation, name: string): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const user = await users.get(caller, name);
    invocation.answer(user, () => userText(user, zoneOrUtc(caller.timeZone)));
  });
  return EXIT.ok;
}

function userText(user: UserDetails, zone: string): string {
  const facts = listOf([
    ['User', user.name],
    ['Full name', user.fullName === '' ? null : user.fullName],
    ['State', stateText(user)],
    ['Kind', user.kind],
    ['Language', user.language],
    ['Time zone', user.timeZone],
    ['May schedule', yesOrNo(user.canSchedule)],
    ['Delegated', yesOrNo(user.isDelegated)],
    ['Valid until', user.validUntil === null ? 'for ever' : instantText(user.validUntil, zone)],
    ['Version', user.version],
  ]);
  if (user.assignments.length === 0) return `${facts}\n\nHe has no permission set.`;
  const rows = user.assignments.map(({ permissionSet, company, assignedBy, assignedAt }) => [
    permissionSet,
    company ?? '(all)',
    assignedBy,
    wallClockText(assignedAt, zone),
  ]);
  return `${facts}\n\n${tableOf(['Permission set', 'Company', 'Assigned by', `Assigned (${zone})`], rows)}`;
}

function stateText({ state, isGone }: ListedUser): string {
  return state === 'enabled' && isGone ? 'expired' : state;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
