import { z } from 'zod';
import { field, text } from './wire.ts';

/** A company on the wire. */
export const company = z
  .object({
    no: field(z.int(), 'Its number; it stays when the company is renamed.'),
    name: field(z.string(), 'Its name, as in addresses.'),
    schema: field(z.string(), 'The PostgreSQL schema that holds its tables.'),
    timeZone: field(z.string(), 'The IANA time zone in which it counts its days.'),
    state: field(z.enum(['creating', 'open', 'deleting']), 'Whether sessions are opened in it.'),
    version: field(z.int(), 'Grows with every change.'),
  })
  .meta({ id: 'Company', description: 'A partition of the business data.' });

/** What a company is created with. */
export const newCompany = z
  .strictObject({
    name: field(text(30, 1), 'Its name, 1 to 30 characters.'),
    timeZone: field(text(100, 1).optional(), 'Its IANA time zone; that of whoever creates it when left out.'),
  })
  .meta({ id: 'NewCompany', description: 'A company to be created, with the tables of the application.' });

/** What of a company changes. */
export const companyChanges = z
  .strictObject({ name: field(text(30, 1), 'Its new name, 1 to 30 characters.') })
  .meta({ id: 'CompanyChanges', description: 'What of a company is to become different.' });

/** Who asks. */
export const me = z
  .object({
    user: field(z.string(), 'The name of the user that the request acts as.'),
    fullName: field(z.string(), 'His name in full.'),
    language: field(z.string(), 'His language, BCP 47.'),
    timeZone: field(z.string(), 'His IANA time zone.'),
    signedInBy: field(z.enum(['api-key', 'session', 'host']), 'How the request was found to be his.'),
    scopes: field(
      z.array(z.string()).nullable(),
      'The verbs that the API key is held to; null: it is no API key, and all his rights count.',
    ),
    companies: field(z.array(z.string()), 'The companies that he may work in, by name.'),
  })
  .meta({ id: 'Me', description: 'Whom the server takes whoever asks for.' });
