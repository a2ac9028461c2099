import type { ChangedPermissionSet } from '../administration/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { type PermissionSetOptions, permissionSetFields } from './permission-set-input.ts';
import { counted } from './showing.ts';
import { permissionSets } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';
import { namedApplication } from './with-platform.ts';

/** Creates a permission set. */
export function createPermissionSetCommand(
  invocation: Invocation,
  name: string,
  options: PermissionSetOptions,
): Promise<ExitCode> {
  const input = { name, ...permissionSetFields(options) };
  return changed(invocation, async (caller) => {
    const set = await permissionSets.create(caller, input);
    return { set, text: `Permission set ${name} is created; nobody has it yet.` };
  });
}

/** Changes a permission set. */
export function modifyPermissionSetCommand(
  invocation: Invocation,
  name: string,
  options: PermissionSetOptions,
): Promise<ExitCode> {
  const changes = permissionSetFields(options);
  if (Object.keys(changes).length === 0) {
    throw new NightshiftError('VALIDATION', 'Say what is to become different of it, such as --tables.');
  }
  return changed(invocation, async (caller) => {
    const set = await permissionSets.modify(caller, name, changes);
    const who = counted(set.users, 'user');
    return { set, text: `Permission set ${name} is version ${set.version} now, for ${who} at once.` };
  });
}

/** Deletes a permission set. */
export async function deletePermissionSetCommand(
  invocation: Invocation,
  name: string,
  { unassign = false }: { readonly unassign?: boolean },
): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    await permissionSets.delete(caller, name, { unassign });
    invocation.answer({ name, deleted: true }, () => `Permission set ${name} is deleted.`);
  });
  return EXIT.ok;
}

async function changed(
  invocation: Invocation,
  change: (caller: Caller) => Promise<{ readonly set: ChangedPermissionSet; readonly text: string }>,
): Promise<ExitCode> {
  // With the application its codeunits are known; nothing of it runs.
  await withAdministrator(invocation, await namedApplication(invocation), async (caller) => {
    const { set, text } = await change(caller);
    invocation.answer(set, () => [text, ...set.hints.map((hint) => `Hint: ${hint}`)].join('\n'));
  });
  return EXIT.ok;
}
