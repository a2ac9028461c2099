import { z } from 'zod';
import { REPORT_OUTPUT_TYPES, type ReportOutputType } from '../contract/report-output-type.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type Codeunit, type CodeunitDefinition, codeunit, type Session } from '../session/index.ts';
import { fileDocument } from './file-document.ts';
import type { ReportFile, ReportTable } from './report-table.ts';

const DESCRIPTION_LENGTH_MAX = 250;

/** What a report is asked for. */
export interface ReportRequest<Parameters> {
  /** As the schema of the report yields them; undefined for one that takes none. */
  readonly parameters: Parameters;
  /** What it is to yield; `None`: it only runs, and what it returns is left aside. */
  readonly outputType: ReportOutputType | 'None';
}

/** What whoever runs a report says. */
export interface ReportRecord<Parameters> {
  /** Default: none; where the report has a schema, `{}`. */
  readonly parameters?: Parameters | null | undefined;
  /** Default: the first that the report can yield. */
  readonly outputType?: ReportOutputType | 'None' | null | undefined;
  /** The job queue entry that runs it. */
  readonly id?: string | undefined;
  readonly entryNo?: number | undefined;
  readonly description?: string | undefined;
}

/** What `report()` takes: as a codeunit, but for what it is given and what it returns. */
export interface ReportDefinition<In, Out>
  extends Omit<CodeunitDefinition<unknown, unknown>, 'record' | 'onRun' | 'sharedTransaction' | 'wakeOn'> {
  /** What it is there for, at most 250 characters. Default: blank. */
  readonly description?: string;
  /** What people fill in before it runs. Default: nothing. */
  readonly parameters?: z.ZodType<Out, In>;
  /** What it can yield, the usual one first. Default: PDF, XLSX, CSV and HTML, all of which are made of a table. */
  readonly outputTypes?: readonly ReportOutputType[];
  /**
   * Reads what the report is about. Returns a table, of which any kind of document is made; a file that it has made itself, of
   * the kind that was asked for; or nothing, when there is nothing to tell.
   */
  onRun(
    session: Session,
    request: ReportRequest<Out>,
  ): Promise<ReportTable | ReportFile | undefined> | ReportTable | ReportFile | undefined;
}

/** A codeunit that yields a document. */
export interface Report<In = unknown>
  extends Codeunit<ReportRecord<In>, z.output<ReturnType<typeof recordSchema>>> {
  readonly objectType: 'report';
  readonly description: string;
  /** The schema of what people fill in; null: nothing. */
  readonly parameters: z.ZodType | null;
}

/**
 * Declares a report. Its document lands in the report inbox of the user as whom it ran, in the transaction of the run: there
 * is neither without the other.
 * @throws NightshiftError VALIDATION with the field, as `codeunit()`; for a bad description or output type
 */
export function report<In = undefined, Out = undefined>(definition: ReportDefinition<In, Out>): Report<In> {
  const { name, parameters = null, description = '', outputTypes, onRun, ...rest } = definition;
  for (const field of ['record', 'sharedTransaction', 'wakeOn'])
    if (field in definition) throw refused(name, field, 'is for codeunits');
  if (typeof description !== 'string' || [...description].length > DESCRIPTION_LENGTH_MAX)
    throw refused(name, 'description', `has at most ${DESCRIPTION_LENGTH_MAX} characters`);
  const types = checkedOutputTypes(name, outputTypes);
  const base = codeunit({
    ...rest,
    name,
    record: recordSchema(parameters, types),
    async onRun(session, { parameters: given, outputType, ...entry }) {
      const wanted = outputType ?? types[0] ?? 'None';
      const about = { ...entry, description: entry.description ?? description };
      const made = await onRun.call(definition, session, { parameters: given as Out, outputType: wanted });
      if (wanted === 'None') return;
      await fileDocument(session, { ...about, name, outputType: wanted }, made);
    },
  });
  return Object.freeze({
    ...base,
    objectType: 'report' as const,
    outputTypes: types,
    description,
    parameters,
  }) as unknown as Report<In>;
}

/** Whether something that can be run is a report. */
export function isReport(target: Codeunit<unknown, unknown> | Codeunit<never, never>): target is Report {
  return target.objectType === 'report';
}

function recordSchema(parameters: z.ZodType | null, types: readonly ReportOutputType[]) {
  const taken =
    parameters === null
      ? z
          .null('takes none')
          .optional()
          .transform(() => undefined)
      : z
          .unknown()
          .optional()
          .transform((value): unknown => value ?? {})
          .pipe(parameters as z.ZodType<unknown, unknown>);
  return z.object({
    parameters: taken as z.ZodType<unknown>,
    outputType: z.enum([...types, 'None']).nullish(),
    id: z.uuid().optional(),
    entryNo: z.number().optional(),
    description: z.string().optional(),
  });
}

function checkedOutputTypes(
  name: string,
  types: readonly ReportOutputType[] = REPORT_OUTPUT_TYPES,
): readonly ReportOutputType[] {
  const isList = Array.isArray(types) && types.length > 0 && new Set(types).size === types.length;
  if (!isList || !types.every((type) => REPORT_OUTPUT_TYPES.includes(type)))
    throw refused(name, 'outputTypes', `is a list of some of ${REPORT_OUTPUT_TYPES.join(', ')}`);
  return Object.freeze([...types]);
}

function refused(name: string, field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `Report "${name}": ${field} ${rule}.`, { field });
}
