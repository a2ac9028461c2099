import type { CompanyCalendar, ListedCompany } from '../administration/index.ts';
import type { CompanyRouteName } from '../contract/company-routes.ts';
import type { WorkCalendar } from '../permissions/index.ts';
import { companies } from '../platform/index.ts';
import type { HandlersOf } from './handler.ts';
import { pageOfAll } from './paging.ts';

function companyWire({ no, name, schema, timeZone, state, version }: ListedCompany) {
  return { no, name, schema, timeZone, state, version };
}

function calendarWire({ timeZone, hours, holidays, version }: CompanyCalendar) {
  return {
    timeZone,
    hours: hours.map((each) => ({ ...each })),
    holidays: holidays.map((each) => ({ ...each })),
    version,
  };
}

/** What the addresses about companies do. */
export const COMPANY_HANDLERS: HandlersOf<CompanyRouteName> = {
  async 'me.get'({ platform, who }) {
    const { directory } = platform;
    const user = directory.user(who.user);
    const open = directory.companies.filter(({ no }) => directory.setsOf(user.no, no).length > 0);
    return {
      user: user.name,
      fullName: directory.users.find(({ no }) => no === user.no)?.fullName ?? '',
      language: user.language,
      timeZone: user.timeZone,
      signedInBy: who.signedInBy,
      scopes: who.scopes === null ? null : [...who.scopes],
      companies: open.map(({ name }) => name).filter((name) => who.company === null || who.company === name),
    };
  },
  async 'companies.list'({ caller, who }, { query }) {
    const all = await companies.list(caller);
    const seen = all.filter(({ name }) => who.company === null || who.company === name);
    return pageOfAll(seen, query, { key: ({ name }) => name, row: companyWire });
  },
  async 'companies.get'({ caller }, { params }) {
    return companyWire(await companies.get(caller, params.company));
  },
  async 'companies.create'({ caller }, { body }) {
    const { name, timeZone } = body;
    return companyWire(
      await companies.create(caller, { name, ...(timeZone === undefined ? {} : { timeZone }) }),
    );
  },
  async 'companies.modify'({ caller, version }, { params, body }) {
    const options = version === undefined ? {} : { version };
    return companyWire(await companies.rename(caller, params.company, body.name, options));
  },
  async 'companies.copy'({ caller }, { params, body }) {
    const { company, leftOut, ...counts } = await companies.copy(caller, {
      from: params.company,
      to: body.name,
    });
    return { company: companyWire(company), ...counts, leftOut: [...leftOut] };
  },
  async 'companies.delete'({ caller }, { params, body }) {
    return { ...(await companies.delete(caller, params.company, body)) };
  },
  async 'companies.calendar'({ caller }, { params }) {
    return calendarWire(await companies.workCalendar(caller, params.company));
  },
  async 'companies.setCalendar'({ caller, version }, { params, body }) {
    const options = version === undefined ? {} : { version };
    const calendar = body as WorkCalendar;
    return calendarWire(await companies.setWorkCalendar(caller, params.company, calendar, options));
  },
};
