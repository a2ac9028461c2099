import { z } from 'zod';
import type { StoredError } from '../foundation/index.ts';
import type { ListedSession } from '../session/index.ts';

/** An instant as it travels. */
export function instantOf<Instant extends Date | null>(
  at: Instant,
): Instant extends null ? string | null : string {
  return (at === null ? null : at.toISOString()) as Instant extends null ? string | null : string;
}

/** What is told of an error that was kept. */
export function errorWire(error: Pick<StoredError, 'code' | 'message'> | null) {
  return error === null ? null : { code: error.code, message: error.message };
}

/** The same with all that caused it; never where in the code. */
export function errorChainWire(error: StoredError | null) {
  if (error === null) return null;
  const { code, message, name, field, causes = [] } = error;
  return {
    code,
    message,
    name,
    field,
    causes: causes.map((cause) => ({ code: cause.code, message: cause.message })),
  };
}

/** Lines of a log. */
export function linesWire(lines: ListedLines) {
  return lines.map(({ at, level, text, details }) => ({ at, level, text, details: details ?? null }));
}

type ListedLines = readonly {
  readonly at: string;
  readonly level: 'information' | 'warning' | 'error';
  readonly text: string;
  readonly details: unknown;
}[];

/** Progress as it was last reported. */
export function progressWire(progress: unknown) {
  const { done, total, text, counts } = Object(progress) as Readonly<Record<string, unknown>>;
  if (typeof done !== 'number') return null;
  return {
    done,
    total: typeof total === 'number' ? total : null,
    text: String(text ?? ''),
    counts: countsWire(counts),
  };
}

/** How the items of a run went. */
export function countsWire(counts: unknown) {
  const { ok, failed, skipped } = Object(counts) as Readonly<Record<string, unknown>>;
  if (typeof ok !== 'number') return null;
  return { ok, failed: Number(failed), skipped: Number(skipped) };
}

/** Where something runs. */
export function instanceWire(instance: ListedSession['instance']) {
  return instance === null
    ? null
    : { place: instance.place, host: instance.host, processId: instance.processId };
}

/** An instant of a request; what is left out stays left out. */
export function dateOf<Text extends string | null | undefined>(
  text: Text,
): Text extends string ? Date : Text {
  return (typeof text === 'string' ? new Date(text) : text) as Text extends string ? Date : Text;
}

/** What a schema takes, as JSON schema; one that this cannot express, such as one with a transformation, as far as it can. */
export function jsonSchemaOf(schema: z.ZodType): unknown {
  try {
    return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  } catch {
    return {};
  }
}
