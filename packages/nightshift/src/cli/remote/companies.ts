import type { companies } from '../../platform/index.ts';
import { at } from './server-of-caller.ts';
import { firstOf, pageSize } from './wire.ts';

type Companies = typeof companies;

/** The verbs about companies, carried out by a server. */
export const companiesByServer: Pick<
  Companies,
  'list' | 'get' | 'create' | 'copy' | 'rename' | 'delete' | 'workCalendar' | 'setWorkCalendar'
> = {
  list(caller) {
    const { server } = at(caller);
    return firstOf(server.all('companies.list', { query: { limit: pageSize() } }));
  },
  get(caller, company) {
    const { server } = at(caller);
    return server.call('companies.get', { params: { company } });
  },
  create(caller, body) {
    const { server } = at(caller);
    return server.call('companies.create', { body });
  },
  // How far it is, a server does not say.
  copy(caller, { from, to }) {
    const { server } = at(caller);
    return server.call('companies.copy', { params: { company: from }, body: { name: to } });
  },
  delete(caller, company, { confirm }) {
    const { server } = at(caller);
    return server.call('companies.delete', { params: { company }, body: { confirm } });
  },
  rename(caller, company, name, { version } = {}) {
    const { server } = at(caller);
    return server.call('companies.modify', {
      params: { company },
      body: { name },
      ...(version === undefined ? {} : { version }),
    });
  },
  async workCalendar(caller, company) {
    const { server } = at(caller);
    return calendarOf(await server.call('companies.calendar', { params: { company } }));
  },
  async setWorkCalendar(caller, company, { timeZone, hours, holidays }, { version } = {}) {
    const { server } = at(caller);
    const calendar = await server.call('companies.setCalendar', {
      params: { company },
      body: {
        timeZone,
        hours: hours.map(({ weekday, from, to }) => ({ weekday, from, to })),
        holidays: holidays.map(({ day, name }) => ({ day, name })),
      },
      ...(version === undefined ? {} : { version }),
    });
    return calendarOf(calendar);
  },
};

type Calendar = Awaited<ReturnType<Companies['workCalendar']>>;

/** Days of the week are numbers on both sides; only the type is wider on the wire. */
function calendarOf<Wire extends Omit<Calendar, 'hours'>>(wire: Wire): Calendar {
  return wire as unknown as Calendar;
}
