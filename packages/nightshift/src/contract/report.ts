import { z } from 'zod';
import { REPORT_OUTPUT_TYPES } from './report-output-type.ts';
import { count, field, id, instant } from './wire.ts';

const outputType = z
  .enum(REPORT_OUTPUT_TYPES)
  .meta({ id: 'ReportOutputType', description: 'A kind of document.' });

/** A report on the wire. */
export const report = z
  .object({
    name: field(z.string(), 'Its name.'),
    id: field(z.int().nullable(), 'Its number; null: it has none.'),
    description: field(z.string(), 'What it is there for.'),
    parametersSchema: field(z.unknown(), 'What people fill in, as a JSON schema; null: nothing.'),
    outputTypes: field(z.array(outputType), 'What it can yield, the usual one first.'),
    isolation: field(z.enum(['main', 'thread', 'process']), 'Where it runs.'),
    tables: field(
      z.record(z.string(), z.string()),
      'The rights to tables that it needs, some of RIMD by table.',
    ),
  })
  .meta({ id: 'Report', description: 'A unit of business code that yields a document.' });

/** A document in the report inbox, without its content. */
export const inboxDocument = z
  .object({
    no: field(z.int(), 'Its number.'),
    report: field(z.string(), 'The report that yielded it.'),
    description: field(z.string(), 'What it is there for: that of the job queue entry, or of the report.'),
    outputType: field(outputType, 'What kind of document it is.'),
    fileName: field(z.string(), 'What it is called as a file.'),
    size: field(count, 'Its bytes.'),
    createdAt: field(instant, 'When it was made.'),
    user: field(z.string(), 'Whose inbox it is in: as whom the report ran.'),
    entryId: field(id.nullable(), 'The job queue entry that the report ran for; null: none.'),
    entryNo: field(z.int().nullable(), 'The number of that entry.'),
    logNo: field(z.int().nullable(), 'The log entry of that run; null: none, or it is gone.'),
    sessionUniqueId: field(id, 'The session that made it.'),
    readAt: field(instant.nullable(), 'When its user fetched it first, or marked it as read; null: not yet.'),
  })
  .meta({ id: 'InboxDocument', description: 'A document that a report has yielded.' });
