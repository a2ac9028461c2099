import { backgroundTask } from 'nightshift';
import { z } from 'zod';
import { changeNote } from './customers.sql.ts';

/**
 * Wrong on purpose: it tries to write. Whoever runs it may change notes, and states so here; the database refuses it all the same,
 * with READ_ONLY, because the child session of a page background task only reads.
 */
export const noteFromTheBackground = backgroundTask({
  name: 'Note From The Background',
  id: 50163,
  permissions: { tables: { customer: 'RM' } },
  parameters: z.object({ customerNo: z.string().min(1).max(20), note: z.string().max(2_000) }),
  async onRun(session, { customerNo, note }) {
    await changeNote(session.db, customerNo, note);
    return { written: 'true' };
  },
});
