import { classifyFailure } from '../database/index.ts';

/**
 * Classes of SQLSTATE that tell of the values of a row: data, cardinality, constraints, sizes. Anything else (a table that
 * is missing, a full disk) would be the same for every row.
 */
const FAULT_OF_A_ROW = /^(?:21|22|23|54)/;
/** The row was on its way to the default partition when that of its day was attached: the next try finds it. */
const PARTITION_IS_NEW = '23514';

/** Whether a write was refused because of what was to be written. */
export function isFaultOfRow(error: unknown): boolean {
  const code = classifyFailure(error).code ?? '';
  return FAULT_OF_A_ROW.test(code) && code !== PARTITION_IS_NEW;
}

/** Writes, and writes again when a partition came meanwhile. @throws what `write` threw */
export async function writeOnceMore(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (classifyFailure(error).code !== PARTITION_IS_NEW) throw error;
    await write();
  }
}

/**
 * Writes rows together. When the database refuses one of them, the halves apart and so on, so that one that cannot be
 * stored keeps no other from it.
 * @returns the rows that cannot be stored
 * @throws what `write` threw for another reason; some rows may be written then
 */
export async function writeApart<Row>(
  rows: readonly Row[],
  write: (rows: readonly Row[]) => Promise<unknown>,
): Promise<readonly Row[]> {
  if (rows.length === 0) return [];
  try {
    await write(rows);
    return [];
  } catch (error) {
    if (!isFaultOfRow(error)) throw error;
    if (rows.length === 1) return rows;
    const middle = rows.length >> 1;
    const refused = await writeApart(rows.slice(0, middle), write);
    return [...refused, ...(await writeApart(rows.slice(middle), write))];
  }
}
