import { permissionSets, users } from '../platform/index.ts';
import { administratorOf } from './company-lookup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { type UserOptions, userFields } from './user-input.ts';
import { withPlatform } from './with-platform.ts';

/** How a link is printed. */
export interface LinkOptions {
  readonly server?: string;
}

const SERVER_DEFAULT = 'http://localhost';

/** Creates a user who may do everything, and prints the link by which he sets his password. */
export async function createAdministratorCommand(
  invocation: Invocation,
  name: string,
  options: UserOptions & LinkOptions,
): Promise<ExitCode> {
  await withPlatform(invocation, {}, async (platform) => {
    const caller = administratorOf(invocation, platform);
    const user = await users.create(caller, { name, ...userFields(options, caller.timeZone) });
    await permissionSets.assign(caller, { user: user.name, permissionSet: 'SUPER', company: null });
    const link = await linkFor(platform, caller, user.name, options);
    invocation.answer({ user, link }, () => `Administrator ${user.name} is created.\n${linkText(link)}`);
  });
  return EXIT.ok;
}

/** Prints the link by which a user sets his password. */
export async function signInLinkCommand(
  invocation: Invocation,
  name: string,
  options: LinkOptions,
): Promise<ExitCode> {
  await withPlatform(invocation, {}, async (platform) => {
    const link = await linkFor(platform, administratorOf(invocation, platform), name, options);
    invocation.answer({ link }, () => linkText(link));
  });
  return EXIT.ok;
}

/** Loaded only here: other commands start faster without it. */
async function linkFor(
  ...[platform, caller, user, { server = SERVER_DEFAULT }]: [
    ...Parameters<typeof import('../server/index.ts')['createSignInLink']>,
    LinkOptions,
  ]
): Promise<string> {
  const { createSignInLink } = await import('../server/index.ts');
  return `${server.replace(/\/+$/, '')}${await createSignInLink(platform, caller, user)}`;
}

function linkText(link: string): string {
  return `${link}\nWhoever opens it first sets the password. It is good for a day; a new one comes from "nightshift user sign-in-link".`;
}
