import type { Database } from './job-session.ts';

/** What people decide about the import. */
export type ImportQuestion = 'unknown-currency';

/** Writes down what somebody has decided; what was decided before stays on record. */
export async function writeAnswer(
  db: Database,
  decided: { question: ImportQuestion; answer: boolean; by: string },
): Promise<void> {
  await db.query('insert into import_decision (question, answer, decided_by) values ($1, $2, $3)', [
    decided.question,
    decided.answer,
    decided.by,
  ]);
}

/** What was decided last; null: nothing yet. */
export async function readAnswer(db: Database, question: ImportQuestion): Promise<boolean | null> {
  const { rows } = await db.query<{ answer: boolean }>(
    'select answer from import_decision where question = $1 order by id desc limit 1',
    [question],
  );
  return rows[0]?.answer ?? null;
}
