import type { rights } from '../../platform/index.ts';
import { at } from './server-of-caller.ts';

/** The verbs about rights that a server carries out. */
export const rightsByServer: Pick<typeof rights, 'explain'> = {
  explain(caller, { user, company = caller.company, codeunit }) {
    const { server } = at(caller);
    return server.call('users.rights', { params: { company, user }, query: { codeunit } });
  },
};
