import type { Executor } from '../../database/index.ts';
import { listSignIns } from './sign-in.sql.ts';

/** A place where somebody is signed in. */
export interface SignInPlace {
  readonly id: string;
  readonly isThis: boolean;
  readonly since: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly address: string | null;
  readonly agent: string | null;
}

interface PlaceRow {
  readonly id: string;
  readonly token: string;
  readonly since: Date;
  readonly seen: Date;
  readonly expires: Date;
  readonly address: string | null;
  readonly agent: string | null;
}

/** Which sign-ins are meant. */
interface PlacesWanted {
  readonly userNo: number;
  readonly now: Date;
  /** Those that began before are over. */
  readonly oldest: Date;
}

/** Where a user is signed in, newest first, with what tells the one that asks. */
export async function placesOf(
  database: Executor,
  { userNo, now, oldest }: PlacesWanted,
): Promise<readonly (Omit<SignInPlace, 'isThis'> & { readonly token: string })[]> {
  const rows = await database.run<PlaceRow>(listSignIns, [String(userNo), now, oldest]);
  return rows.map(({ id, token, since, seen, expires, address, agent }) => ({
    ...{ id, token, since },
    lastSeenAt: seen,
    expiresAt: expires,
    address: address || null,
    agent: agent || null,
  }));
}
