import { z } from 'zod';
import { count, field, text } from './wire.ts';

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

/** What a copy of a company is called. */
export const companyCopy = z
  .strictObject({ name: field(text(30, 1), 'The name of the copy, 1 to 30 characters.') })
  .meta({ id: 'CompanyCopy', description: 'What a copy of a company is to be called.' });

/** What a copy took along. */
export const copiedCompany = z
  .object({
    company: field(company, 'The copy.'),
    tables: field(count, 'How many tables were copied.'),
    rows: field(count, 'How many rows.'),
    entries: field(count, 'How many job queue entries.'),
    held: field(count, 'How many of them would have run, and are On Hold in the copy.'),
    leftOut: field(z.array(z.string()), 'Indexes that no migration makes: the copy does without.'),
  })
  .meta({ id: 'CopiedCompany', description: 'A copy of a company, and what it took along.' });

/** What went with a company. */
export const deletedCompany = z
  .object({
    no: field(z.int(), 'The number that it had.'),
    name: field(z.string(), 'The name that it had.'),
    tables: field(count, 'How many tables were deleted, with all their rows.'),
    tasks: field(count, 'How many scheduled tasks.'),
    failedTasks: field(count, 'How many failed tasks.'),
    entries: field(count, 'How many job queue entries.'),
    logEntries: field(count, 'How many log entries.'),
    assignments: field(count, 'How many assignments of permission sets in it.'),
  })
  .meta({ id: 'DeletedCompany', description: 'A company that is no more, and what went with it.' });

/** What of a company changes. */
export const companyChanges = z
  .strictObject({ name: field(text(30, 1), 'Its new name, 1 to 30 characters.') })
  .meta({ id: 'CompanyChanges', description: 'What of a company is to become different.' });

const calendarFields = {
  timeZone: field(text(100, 1), 'The IANA time zone that the hours are meant in.'),
  hours: field(
    z
      .array(
        z.strictObject({
          weekday: field(z.int().min(1).max(7), 'The day of the week; 1 is Monday.'),
          from: field(text(5, 5), 'When work begins, such as 08:00.'),
          to: field(text(5, 5), 'When it ends, such as 16:30 or 24:00.'),
        }),
      )
      .max(1_000),
    'When people work; none at all: around the clock.',
  ),
  holidays: field(
    z
      .array(
        z.strictObject({
          day: field(text(10, 10), 'The day, such as 2026-12-24.'),
          name: field(text(100, 1), 'What it is called.'),
        }),
      )
      .max(2_000),
    'Days on which nobody works.',
  ),
};

/** When people work in a company. */
export const workCalendar = z
  .object({ ...calendarFields, version: field(z.int(), 'Grows with every change of the company.') })
  .meta({ id: 'WorkCalendar', description: 'When people work in a company.' });

/** The same to be set: all of it is replaced. */
export const newWorkCalendar = z
  .strictObject(calendarFields)
  .meta({ id: 'NewWorkCalendar', description: 'When people are to work in a company.' });

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
