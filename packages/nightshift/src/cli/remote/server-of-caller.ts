import type { NightshiftClient } from '@nightshift/client/api';
import { NightshiftError } from '../../foundation/index.ts';
import type { Caller } from '../../session/index.ts';

/** By whom servers are asked. */
const SERVERS = new WeakMap<Caller, NightshiftClient>();

/** Who acts by a server, as that knows him, and where. */
export type RemoteIdentity = Pick<Caller, 'user' | 'company' | 'language' | 'timeZone'>;

/** Somebody who acts by a server: the verbs of `verbs.ts` ask it for him. */
export function callerAt(server: NightshiftClient, identity: RemoteIdentity): Caller {
  const { user, company, language, timeZone } = identity;
  const caller: Caller = Object.freeze({ user, company, language, timeZone });
  SERVERS.set(caller, server);
  return caller;
}

/** Whether somebody acts by a server, and not on the database itself. */
export function actsByServer(caller: Caller): boolean {
  return SERVERS.has(caller);
}

/** The server by which somebody acts, and what every address in a company begins with. */
export function at(caller: Caller): {
  readonly server: NightshiftClient;
  readonly params: { readonly company: string };
} {
  const server = SERVERS.get(caller);
  if (server === undefined) throw new NightshiftError('INTERNAL', 'This caller acts by no server.');
  return { server, params: { company: caller.company } };
}
