import type { Platform } from '../../platform/index.ts';
import { ensureAuthUser } from './sign-in.sql.ts';

/** A user as better-auth knows him. */
export interface AuthUser {
  readonly id: string;
  readonly email: string;
}

/** Under what a user signs in: his number, since names change, in the form of an address. */
export function addressOf(userNo: number): string {
  return `${userNo}@users.nightshift.invalid`;
}

/** Makes sure that better-auth knows a user. */
export async function ensureAccount(
  { database, directory }: Platform,
  user: string,
  now: Date,
): Promise<AuthUser> {
  const { no, name } = directory.user(user);
  await database.run(ensureAuthUser, [String(no), name, addressOf(no), now]);
  return { id: String(no), email: addressOf(no) };
}
