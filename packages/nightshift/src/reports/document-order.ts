import type { ReportOutputType } from '../contract/report-output-type.ts';
import type { ValueLocale } from './column-values.ts';
import type { ReadTable } from './report-table.ts';

/** A document to be made. All of it is plain data, which can cross to a thread. */
export interface DocumentOrder {
  readonly table: ReadTable;
  readonly outputType: ReportOutputType;
  readonly locale: ValueLocale;
  /** What stands below it: where, by whom and when it was made. */
  readonly footer: string;
  readonly createdAt: Date;
}
