import type { NightshiftClient } from '@nightshift/client/api';
import type { Live } from '@nightshift/client/live';
import { NightshiftError } from '../../foundation/index.ts';
import type { Caller } from '../../session/index.ts';

/** How a server is asked. */
export interface ServerAccess {
  readonly server: NightshiftClient;
  /** Connects for live updates; whoever does closes it. */
  readonly openLive: () => Live;
}

/** By whom servers are asked. */
const SERVERS = new WeakMap<Caller, ServerAccess>();

/** Who acts by a server, as that knows him, and where. */
export type RemoteIdentity = Pick<Caller, 'user' | 'company' | 'language' | 'timeZone'>;

/** Somebody who acts by a server: the verbs of `verbs.ts` ask it for him. */
export function callerAt(access: ServerAccess, identity: RemoteIdentity): Caller {
  const { user, company, language, timeZone } = identity;
  const caller: Caller = Object.freeze({ user, company, language, timeZone });
  SERVERS.set(caller, access);
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
  return { server: accessOf(caller).server, params: { company: caller.company } };
}

/** A connection for live updates to the server by which somebody acts. */
export function liveOf(caller: Caller): Live {
  return accessOf(caller).openLive();
}

function accessOf(caller: Caller): ServerAccess {
  const access = SERVERS.get(caller);
  if (access === undefined) throw new NightshiftError('INTERNAL', 'This caller acts by no server.');
  return access;
}
