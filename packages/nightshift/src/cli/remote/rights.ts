import type { rights } from '../../platform/index.ts';
import { at } from './server-of-caller.ts';

/** The verbs about rights that a server carries out. */
export const rightsByServer: Pick<typeof rights, 'explain'> = {
  async explain(caller, { user, company = caller.company, codeunit }) {
    const { server } = at(caller);
    const told = await server.call('users.rights', { params: { company, user }, query: { codeunit } });
    const steps = told.steps.map(({ sets, ...step }) => (sets.length === 0 ? step : { ...step, sets }));
    return { ...told, steps };
  },
};
