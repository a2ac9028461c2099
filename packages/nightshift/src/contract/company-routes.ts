import { z } from 'zod';
import {
  company,
  companyChanges,
  companyCopy,
  copiedCompany,
  deletedCompany,
  me,
  newCompany,
  newWorkCalendar,
  workCalendar,
} from './company.ts';
import { route } from './route.ts';
import { field, inCompany, pageOf, paging, text } from './wire.ts';

const oneCompany = z.strictObject(inCompany);

/** Addresses about companies, and about whoever asks. */
export const COMPANY_ROUTES = {
  'me.get': route({
    method: 'GET',
    path: '/me',
    summary: 'Whom the server takes you for, and where you may work.',
    verbs: [],
    answer: me,
  }),
  'companies.list': route({
    method: 'GET',
    path: '/companies',
    summary: 'The companies that you may see, by name.',
    verbs: ['company.read'],
    query: z.strictObject(paging),
    answer: pageOf(company),
  }),
  'companies.get': route({
    method: 'GET',
    path: '/companies/{company}',
    summary: 'One company.',
    verbs: ['company.read'],
    params: oneCompany,
    answer: company,
    etag: 'given',
  }),
  'companies.create': route({
    method: 'POST',
    path: '/companies',
    summary: 'Creates a company with the tables of the application.',
    verbs: ['company.create', 'company.read'],
    body: newCompany,
    answer: company,
    status: 201,
    idempotent: true,
  }),
  'companies.modify': route({
    method: 'PATCH',
    path: '/companies/{company}',
    summary: 'Renames a company.',
    verbs: ['company.rename', 'company.read'],
    params: oneCompany,
    body: companyChanges,
    answer: company,
    etag: 'required',
  }),
  'companies.copy': route({
    method: 'POST',
    path: '/companies/{company}/actions/copy',
    summary: 'Copies a company with all its rows; entries that would run are On Hold in the copy.',
    verbs: ['company.copy'],
    params: oneCompany,
    body: companyCopy,
    answer: copiedCompany,
    status: 201,
    idempotent: true,
    takesLong: true,
  }),
  'companies.delete': route({
    method: 'POST',
    path: '/companies/{company}/actions/delete',
    summary: 'Deletes a company with all that is in it; no session may run there.',
    verbs: ['company.delete'],
    params: oneCompany,
    body: z.strictObject({ confirm: field(text(30, 1), 'The name of the company once more.') }),
    answer: deletedCompany,
    takesLong: true,
  }),
  'companies.calendar': route({
    method: 'GET',
    path: '/companies/{company}/workCalendar',
    summary: 'When people work in a company.',
    verbs: ['company.read'],
    params: oneCompany,
    answer: workCalendar,
    etag: 'given',
  }),
  'companies.setCalendar': route({
    method: 'PATCH',
    path: '/companies/{company}/workCalendar',
    summary: 'Sets when people work in a company: all of it is replaced.',
    verbs: ['company.setWorkCalendar', 'company.read'],
    params: oneCompany,
    body: newWorkCalendar,
    answer: workCalendar,
    etag: 'required',
  }),
} as const;

/** Their names. */
export type CompanyRouteName = keyof typeof COMPANY_ROUTES;
