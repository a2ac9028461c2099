import type { ListedUser } from '../administration/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { instantText } from './showing.ts';
import { type UserOptions, userFields } from './user-input.ts';
import { users } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';

/** Creates a user. */
export function createUserCommand(
  invocation: Invocation,
  name: string,
  options: UserOptions,
): Promise<ExitCode> {
  return changed(invocation, async (caller) => {
    const user = await users.create(caller, { name, ...userFields(options, caller.timeZone) });
    const next = `"nightshift user assign" gives him a permission set`;
    return { user, text: `User ${user.name} is created. He may do nothing yet: ${next}.` };
  });
}

/** Changes what is set of a user. */
export function modifyUserCommand(
  invocation: Invocation,
  name: string,
  options: UserOptions & { readonly name?: string },
): Promise<ExitCode> {
  return changed(invocation, async (caller) => {
    const { name: newName } = options;
    const fields = {
      ...userFields(options, caller.timeZone),
      ...(newName === undefined ? {} : { name: newName }),
    };
    if (Object.keys(fields).length === 0) {
      throw new NightshiftError(
        'VALIDATION',
        'Say what is to become different of the user, such as --full-name.',
      );
    }
    const user = await users.modify(caller, name, fields);
    return { user, text: `User ${user.name} is version ${user.version} now${goneText(user, caller)}.` };
  });
}

/** Disables a user. */
export function disableUserCommand(invocation: Invocation, name: string): Promise<ExitCode> {
  return changed(invocation, async (caller) => {
    const user = await users.disable(caller, name);
    return { user, text: `User ${user.name} is disabled; what would run as him fails with USER_DISABLED.` };
  });
}

/** Enables a user again. */
export function enableUserCommand(invocation: Invocation, name: string): Promise<ExitCode> {
  return changed(invocation, async (caller) => {
    const user = await users.enable(caller, name);
    return { user, text: `User ${user.name} is enabled${goneText(user, caller)}.` };
  });
}

/** That he is gone all the same. */
function goneText(user: ListedUser, caller: Caller): string {
  if (!user.isGone) return '';
  return user.state === 'disabled'
    ? '; he is disabled'
    : `; he was valid until ${instantText(user.validUntil, caller.timeZone)}, which --valid-until moves`;
}

async function changed(
  invocation: Invocation,
  change: (caller: Caller) => Promise<{ readonly user: ListedUser; readonly text: string }>,
): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const { user, text } = await change(caller);
    invocation.answer(user, () => text);
  });
  return EXIT.ok;
}
