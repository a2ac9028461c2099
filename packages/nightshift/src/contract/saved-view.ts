import { z } from 'zod';
import { field, id, instant, text } from './wire.ts';

const viewFields = {
  list: field(text(100, 1), 'Which list, as the client calls it.'),
  name: field(text(100, 1), 'What it is called; each of your views of a list otherwise.'),
  query: field(text(4_000), 'Filters, columns and order, as in the address of the list.'),
  shared: field(z.boolean(), 'Whether everybody in the company sees it.'),
};

/** A view on the wire. */
export const savedView = z
  .object({
    id: field(id, 'Names it.'),
    ...viewFields,
    user: field(z.string(), 'Whose it is; he alone changes it.'),
    isOwn: field(z.boolean(), 'Whether it is yours.'),
    changedAt: field(instant, 'When it was changed last.'),
    version: field(z.int(), 'Grows with every change.'),
  })
  .meta({ id: 'SavedView', description: 'What somebody has made of a list.' });

/** What one is kept with. */
export const newSavedView = z
  .strictObject(viewFields)
  .partial({ query: true, shared: true })
  .meta({ id: 'NewSavedView', description: 'What is to be kept of a list.' });

/** What of one changes. */
export const savedViewChanges = z
  .strictObject(viewFields)
  .omit({ list: true })
  .partial()
  .meta({ id: 'SavedViewChanges', description: 'What of a view is to become different.' });
