import type { UserInput } from '../administration/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { parseInstant } from './parsing.ts';

/** What `user create` and `user modify` take. */
export interface UserOptions {
  readonly fullName?: string;
  readonly language?: string;
  readonly timeZone?: string;
  readonly kind?: string;
  readonly schedule?: boolean;
  readonly delegated?: boolean;
  /** A time, or `never`. */
  readonly validUntil?: string;
}

/** The fields that were given. @param zone of times without an offset. @throws NightshiftError VALIDATION */
export function userFields(options: UserOptions, zone: string): Omit<UserInput, 'name'> {
  const { fullName, language, timeZone, kind, schedule, delegated, validUntil } = options;
  return {
    ...(fullName === undefined ? {} : { fullName }),
    ...(language === undefined ? {} : { language }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(kind === undefined ? {} : { kind: kindOf(kind) }),
    ...(schedule === undefined ? {} : { canSchedule: schedule }),
    ...(delegated === undefined ? {} : { isDelegated: delegated }),
    ...(validUntil === undefined ? {} : { validUntil: untilOf(validUntil, zone) }),
  };
}

function kindOf(text: string): 'person' | 'application' {
  if (text === 'person' || text === 'application') return text;
  throw new NightshiftError('VALIDATION', `"${text}" is no kind of user; write person or application.`, {
    field: 'kind',
  });
}

function untilOf(text: string, zone: string): Date | null {
  return text.trim().toLowerCase() === 'never' ? null : parseInstant(text, 'validUntil', zone);
}
