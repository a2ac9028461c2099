import type { categories } from '../../platform/index.ts';
import { at } from './server-of-caller.ts';
import { firstOf, pageSize } from './wire.ts';

type Categories = typeof categories;

/** The verbs about categories, carried out by a server. */
export const categoriesByServer: Pick<Categories, 'list' | 'create' | 'modify' | 'delete'> = {
  list(caller) {
    const { server, params } = at(caller);
    return firstOf(server.all('categories.list', { params, query: { limit: pageSize() } }));
  },
  create(caller, body) {
    const { server, params } = at(caller);
    return server.call('categories.create', { params, body });
  },
  async modify(caller, code, { version, ...body }) {
    const { server, params } = at(caller);
    await server.call('categories.modify', {
      params: { ...params, code },
      body,
      ...(version === undefined ? {} : { version }),
    });
  },
  async delete(caller, code) {
    const { server, params } = at(caller);
    await server.call('categories.delete', { params: { ...params, code } });
  },
};
