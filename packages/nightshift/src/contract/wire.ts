import { z } from 'zod';

// The small parts that wire types are made of. What travels is JSON: instants are RFC 3339 in UTC, durations milliseconds with
// their unit in the name.

/** A field with the sentence that explains it, in the specification and in the web client. */
export function field<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  return schema.meta({ description });
}

/** A text that people write. @param max characters */
export function text(max: number, min = 0): z.ZodString {
  return z.string().min(min).max(max);
}

/** An instant in an answer. */
export const instant = z.iso.datetime();

/** An instant in a request: with `Z` or an offset. */
export const givenInstant = z.iso.datetime({
  offset: true,
  error: 'is an instant such as 2026-03-01T06:00:00Z',
});

export const id = z.uuid();

/** Whole numbers that JSON and JavaScript share. */
export const count = z.int().min(0);

/** The part of an address that says where. */
export const inCompany = { company: field(text(100, 1), 'The name of the company.') };

/** What an answer carries of an error that was kept. */
export const storedError = z.object({
  code: field(z.string().nullable(), 'The code of the error; null when it had none.'),
  message: field(z.string(), 'What happened, for people.'),
});

/** The error of a run, with all that caused it. */
export const errorChain = z
  .object({
    ...storedError.shape,
    name: field(z.string(), 'The name of the class of the error.'),
    field: field(z.string().nullable(), 'The input that was wrong, when one was named.'),
    causes: field(z.array(storedError), 'What caused it, outermost first.'),
  })
  .meta({ id: 'ErrorChain', description: 'An error with all that caused it.' });

/** A line of the log of a run. */
export const logLine = z
  .object({
    at: field(z.string(), 'When it was written.'),
    level: field(z.enum(['information', 'warning', 'error']), 'How serious it is.'),
    text: field(z.string(), 'What it says.'),
    details: field(z.unknown(), 'Facts beside the text; null: none.'),
  })
  .meta({ id: 'LogLine', description: 'A line that a run has written to its log.' });

/** How far a run has come. */
export const progress = z
  .object({
    done: field(z.number(), 'What is done.'),
    total: field(z.number().nullable(), 'What there is to do; null: nobody knows.'),
    text: field(z.string(), 'What it is about.'),
    counts: field(
      z
        .object({
          ok: field(count, 'Items that went well.'),
          failed: field(count, 'Items that failed.'),
          skipped: field(count, 'Items that were left out.'),
        })
        .nullable(),
      'Of a run that works on items, how they went; null: it said nothing of it.',
    ),
  })
  .meta({ id: 'Progress', description: 'How far a run has come, as it was last reported.' });

/** Where something runs. */
export const runningInstance = z
  .object({
    place: field(z.int(), 'Its number among the server instances.'),
    host: field(z.string(), 'The machine.'),
    processId: field(z.int(), 'The process.'),
  })
  .meta({ id: 'RunningInstance', description: 'A server instance, by its place.' });

/** What a row may be used for by whoever asked. */
export const allowedAction = z
  .object({
    name: field(z.string(), 'The name of the action, as in its address.'),
    allowed: field(z.boolean(), 'Whether it would be let through now.'),
    reason: field(z.string().nullable(), 'Why it would not; null when it would.'),
  })
  .meta({
    id: 'AllowedAction',
    description: 'Whether an action is open to whoever asked, and why it is not.',
  });

/** In rows of lists, and in objects that are read alone. */
export const rowActions = {
  allowedActions: field(
    z.array(allowedAction).optional(),
    'What whoever asked may do with it now, and why not; left out in the answer of an action.',
  ),
};

/** What of what was asked for is known to be there. */
const total = z
  .object({
    value: field(count, 'How many rows fit the filters, as far as they were counted.'),
    relation: field(
      z.enum(['eq', 'gte']),
      'Whether that is the exact number, or there are at least so many.',
    ),
  })
  .meta({ id: 'Total', description: 'How many rows there are; counted up to a limit.' });

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: field(z.array(item), 'The rows of this page.'),
    page: z.object({
      next: field(
        z.string().nullable(),
        'Give this as `after` to get the rows behind these; null: there are none.',
      ),
    }),
    total: field(total.nullable(), 'How many rows there are; null: they are not counted.'),
  });
}

/** Rows of a page when nothing else is said, and the most. */
export const PAGE_SIZE_DEFAULT = 50;
export const PAGE_SIZE_MAX = 500;

/** A whole number in a query. */
export function queryNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'is a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ type: 'integer', minimum: min, maximum: max });
}

/** True or false in a query. */
export const queryFlag = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .meta({ type: 'boolean' });

/** Several of some words in a query, with commas between them. */
export function queryWords<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z
    .string()
    .max(1_000)
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(words)).min(1))
    .meta({ examples: [words.slice(0, 2).join(',')] });
}

/** The part of a query that every list understands. */
export const paging = {
  limit: field(
    queryNumber(1, PAGE_SIZE_MAX).optional(),
    `Rows of the answer; ${PAGE_SIZE_DEFAULT} when it is left out.`,
  ),
  after: field(text(2_000, 1).optional(), 'Where to go on: `page.next` of the answer before.'),
};

/** In the query of a list whose rows may be as complete as when they are read alone. */
export const details = {
  details: field(
    queryFlag.optional(),
    'Whether each row is to be as complete as when it is read alone; not in CSV.',
  ),
};

/** A row of a list that is asked for `details` or not. */
export function rowWithDetails<Row extends z.ZodRawShape, Whole extends z.ZodRawShape>(
  row: z.ZodObject<Row>,
  whole: z.ZodObject<Whole>,
) {
  return whole.partial().extend(row.shape);
}

/** An RFC 9457 problem document. */
export const problem = z
  .object({
    type: field(z.string(), 'Where the error is explained.'),
    title: field(z.string(), 'The error in a few words; the same for all errors of one code.'),
    status: field(z.int(), 'The status of the answer.'),
    detail: field(z.string(), 'What happened, for people.'),
    code: field(z.string(), 'The code of the error; programs decide by it.'),
    correlationId: field(
      z.string(),
      'Names this request, also in the log of the server and in session events.',
    ),
    errors: field(
      z
        .array(
          z.object({
            pointer: field(
              z.string(),
              'Where in the body, as a JSON pointer; `?name` in the query; `{name}` in the path.',
            ),
            message: field(z.string(), 'What is wrong with it.'),
          }),
        )
        .optional(),
      'The fields that are wrong.',
    ),
    details: field(z.record(z.string(), z.unknown()).optional(), 'Facts for programs.'),
    current: field(z.unknown().optional(), 'With status 412: the object as it is now.'),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' });

/** What an answer about an error is made of. */
export type Problem = z.output<typeof problem>;
