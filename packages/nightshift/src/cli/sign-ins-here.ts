import type { Caller } from '../session/index.ts';
import { platformOf } from './with-caller.ts';

type Server = typeof import('../server/index.ts');
type Places = Awaited<ReturnType<Server['listSignInsOf']>>;

/** Loaded only here: other commands start faster without it. */
const server = (): Promise<Server> => import('../server/index.ts');

/** What an administrator does about the sign-ins of others, on the database. */
export const signInsHere = {
  async list(caller: Caller, user: string): Promise<Places> {
    return (await server()).listSignInsOf(platformOf(caller), caller, user);
  },
  async end(caller: Caller, what: { readonly user: string; readonly place: string | null }): Promise<number> {
    return (await server()).endSignInsOf(platformOf(caller), caller, what);
  },
  async resetAuthenticator(caller: Caller, user: string): Promise<void> {
    await (await server()).resetSecondFactor(platformOf(caller), caller, user);
  },
};
