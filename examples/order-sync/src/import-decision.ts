import { codeunit } from 'nightshift';
import { writeAnswer } from './import-decision.sql.ts';

/** What a person is asked. */
export const UNKNOWN_CURRENCY_QUESTION = 'Import orders in an unknown currency too?';

/**
 * Asks a person, and writes down what he says, with his name and the time. It is run in the foreground, where a dialog reaches
 * somebody; in the background it fails. The sync only reads what is written here.
 */
export const decideImport = codeunit({
  name: 'Decide Import',
  id: 50146,
  permissions: { tables: { import_decision: 'RI' } },
  async onRun(session) {
    if (!session.guiAllowed) throw session.error('A person decides this: run it once in the foreground.');
    const answer = await session.confirm(UNKNOWN_CURRENCY_QUESTION, false);
    await writeAnswer(session.db, { question: 'unknown-currency', answer, by: session.user });
    session.message(answer ? 'They are imported from now on.' : 'They are left to people.');
  },
});
