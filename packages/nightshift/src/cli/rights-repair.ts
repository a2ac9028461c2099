import {
  checkRights,
  prepareRights,
  type RightsCheck,
  type RightsRepair,
  repairRights,
} from '../administration/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { counted } from './showing.ts';
import { identityOf, withPlatform } from './with-platform.ts';

/** Shows what differs between the rights and what PostgreSQL enforces. */
export function checkRightsCommand(invocation: Invocation): Promise<ExitCode> {
  return withPlatform(invocation, {}, async (platform) => {
    const found = await checkRights(platform.as(identityOf(invocation)));
    invocation.answer(found, () => checkText(found));
    return found.differences.length === 0 ? EXIT.ok : EXIT.failed;
  });
}

function checkText({ differences, unknownTables }: RightsCheck): string {
  const hints = unknownTables.map(
    ({ permissionSet, table }) =>
      `Note: permission set ${permissionSet} names table ${table}, which no company has.`,
  );
  const verdict =
    differences.length === 0
      ? 'Roles and grants are as the permission sets say.'
      : `${counted(differences.length, 'difference')}. "nightshift rights repair" puts them right.`;
  return [...differences.map(({ text }) => text), ...hints, verdict].join('\n');
}

/** Repairs it; exit code 1 when something is left that the database login may not put right. */
export function repairRightsCommand(invocation: Invocation): Promise<ExitCode> {
  return withPlatform(invocation, {}, async (platform) => {
    const done = await repairRights(platform.as(identityOf(invocation)));
    invocation.answer(done, () => repairText(done));
    return done.remaining.length === 0 ? EXIT.ok : EXIT.failed;
  });
}

function repairText({ repaired, remaining }: RightsRepair): string {
  const left = remaining.map(({ text }) => `Left, since the database login may not repair it: ${text}`);
  if (repaired.length + left.length === 0)
    return 'Roles and grants are as the permission sets say; nothing was changed.';
  const verdict = `${counted(repaired.length, 'difference')} repaired.`;
  return [...repaired.map(({ text }) => text), ...left, verdict].join('\n');
}

/** Makes the roles that users will need. */
export function prepareRightsCommand(invocation: Invocation): Promise<ExitCode> {
  return withPlatform(invocation, {}, async (platform) => {
    const made = await prepareRights(platform.as(identityOf(invocation)));
    invocation.answer({ made }, () => `${counted(made, 'role')} made.`);
    return EXIT.ok;
  });
}
