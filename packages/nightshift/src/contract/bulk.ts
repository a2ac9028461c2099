import { z } from 'zod';
import { field, id, text } from './wire.ts';

/** Which entries are meant by what is done to many. */
export const entrySelection = z
  .strictObject({
    category: field(text(20, 1).optional(), 'Entries of this category.'),
    object: field(text(100, 1).optional(), 'Entries that run this codeunit.'),
    wholeCompany: field(z.boolean().optional(), 'All entries of the company, instead of the others.'),
  })
  .meta({
    id: 'EntrySelection',
    description: 'Which entries: of a category, of an object, of both, or all.',
  });

const lookedAt = {
  id: field(id, 'The id of the entry.'),
  entryNo: field(z.int(), 'Its number.'),
  object: field(z.string(), 'What it runs.'),
};

/** What came of it. */
export const doneWithMany = z
  .object({
    done: field(z.array(z.object(lookedAt)), 'The entries that it was done to.'),
    notDone: field(
      z.array(
        z.object({
          ...lookedAt,
          code: field(z.string(), 'The code of the error.'),
          reason: field(z.string(), 'Why not, for people.'),
        }),
      ),
      'The entries that it was not done to.',
    ),
  })
  .meta({ id: 'DoneWithMany', description: 'What was done to many entries, and what was not.' });
