import { z } from 'zod';
import { NightshiftError } from '../foundation/index.ts';
import {
  type AnyCodeunit,
  type Codeunit,
  codeunit,
  platformCodeunit,
  type Session,
} from '../session/index.ts';
import { type TextDictionary, textDictionary } from './text-dictionary.ts';

/** What `backgroundTask()` takes. */
interface Definition<In, Out, Written> {
  /** Unique among the codeunits of the application; 1 to 100 characters. */
  readonly name: string;
  /** A number of 1 to 2,147,483,647. Default: none. */
  readonly id?: number;
  /** Of its code. Default: that of the application. */
  readonly version?: string;
  /** The tables that it reads, as codeunits state it. Default: none stated. */
  readonly permissions?: Codeunit['permissions'];
  /** Rights to read that it is lent while it runs; whatever they are, it cannot write. Default: none. */
  readonly inherentPermissions?: Codeunit['permissions'];
  /**
   * What it is given. It travels as flat text, so the schema reads texts: `z.coerce.number()`, `z.stringbool()`, codecs.
   * Default: any texts.
   */
  readonly parameters?: z.ZodType<Out, In>;
  /** Returns a flat object: the result, which reaches the page as texts. */
  onRun(session: Session, parameters: Out): Written | Promise<Written>;
}

/** A page background task without a schema of its result. */
export type BackgroundTaskDefinition<In, Out> = Definition<In, Out, TextDictionary>;

/** A page background task whose result has a schema. */
export interface TypedBackgroundTaskDefinition<In, Out, Result> extends Definition<In, Out, Result> {
  /** Writes the result as flat text, and reads it again where it is wanted: codecs, or schemas that coerce. */
  readonly result: z.ZodType<Result>;
}

/** A codeunit that a page may run in the background: it reads, and answers flat text. */
export interface BackgroundTask<In = unknown, Out = unknown, Result = unknown> extends Codeunit<In, Out> {
  /** The schema of its result; null: texts. */
  readonly result: z.ZodType<Result> | null;
}

const declared = new WeakSet<object>();

const ANY_TEXTS = z.record(z.string(), z.string());

/**
 * Declares a codeunit that pages run in the background: in a child session that the database lets only read. Listed among the
 * `codeunits` of the application.
 * @throws NightshiftError VALIDATION as `codeunit()`
 */
export function backgroundTask<In = TextDictionary, Out = TextDictionary, Result = TextDictionary>(
  definition: TypedBackgroundTaskDefinition<In, Out, Result>,
): BackgroundTask<In, Out, Result>;
export function backgroundTask<In = TextDictionary, Out = TextDictionary>(
  definition: BackgroundTaskDefinition<In, Out>,
): BackgroundTask<In, Out, TextDictionary>;
export function backgroundTask<In, Out, Result>(
  definition: Definition<In, Out, Result> & { readonly result?: z.ZodType<Result> },
): BackgroundTask<In, Out, Result> {
  const { name, result = null, onRun, parameters, ...more } = definition;
  const made = codeunit<In, Out>({
    ...more,
    name,
    record: parameters ?? (ANY_TEXTS as unknown as z.ZodType<Out, In>),
    onRun: async (session, given) => written(name, result, await onRun.call(definition, session, given)),
  });
  const task = Object.freeze({ ...made, result });
  declared.add(task);
  return task;
}

/**
 * Declares a page background task of the platform itself: it takes nothing, everybody may run it, and what it calls asks for the
 * rights. For the floors of this package only.
 */
export function platformBackgroundTask(
  name: string,
  onRun: (session: Session) => Promise<TextDictionary>,
): BackgroundTask {
  const made = platformCodeunit({
    name,
    record: ANY_TEXTS as z.ZodType<unknown, unknown>,
    onRun: (session) => onRun(session),
  });
  const task = Object.freeze({ ...made, result: null });
  declared.add(task);
  return task;
}

/** Whether pages may run a codeunit in the background. */
export function isBackgroundTask(target: AnyCodeunit): target is BackgroundTask {
  return declared.has(target);
}

/**
 * Reads the texts that a page background task has answered, by the schema of its result.
 * @throws NightshiftError VALIDATION with the field
 */
export function backgroundTaskResult<Result>(
  task:
    | BackgroundTask<never, unknown, Result>
    | Pick<BackgroundTask<unknown, unknown, Result>, 'name' | 'result'>,
  results: TextDictionary,
): Result {
  const { name, result } = task;
  if (result === null) return results as Result;
  const parsed = result.safeParse(results);
  if (parsed.success) return parsed.data;
  throw misfit(name, parsed.error);
}

function written<Result>(name: string, schema: z.ZodType<Result> | null, value: Result): TextDictionary {
  if (schema === null) return textDictionary(value ?? {}, 'result');
  const encoded = z.safeEncode(schema, value);
  if (!encoded.success) throw misfit(name, encoded.error);
  const texts = textDictionary(encoded.data, 'result');
  // Whoever reads it is not to find out that it cannot be read.
  backgroundTaskResult({ name, result: schema }, texts);
  return texts;
}

function misfit(name: string, error: z.ZodError): NightshiftError {
  const [issue] = error.issues;
  const field = ['result', ...(issue?.path ?? [])].map(String).join('.');
  return new NightshiftError(
    'VALIDATION',
    `The result of page background task "${name}" does not fit: ${field}: ${issue?.message ?? 'invalid'}.`,
    { field, cause: error },
  );
}
