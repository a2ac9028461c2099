import { NightshiftError } from '../foundation/index.ts';

/** Longest tag or name that is looked at, in characters. */
const NAME_LENGTH_MAX = 100;

/** The language and the time zone of a session, where they are not the user's. */
export interface SessionLocale {
  /** A BCP 47 tag such as `de-DE`. */
  readonly language?: string;
  /** An IANA name such as `Europe/Berlin`. */
  readonly timeZone?: string;
}

/** Checks what was given of a session's locale. @throws NightshiftError VALIDATION naming `language` or `timeZone` */
export function sessionLocale({ language, timeZone }: SessionLocale): SessionLocale {
  if (language !== undefined) check('language', language, (tag) => Intl.getCanonicalLocales(tag));
  if (timeZone !== undefined)
    check('timeZone', timeZone, (name) => new Intl.DateTimeFormat('en', { timeZone: name }));
  return {
    ...(language === undefined ? {} : { language }),
    ...(timeZone === undefined ? {} : { timeZone }),
  };
}

function check(field: 'language' | 'timeZone', name: unknown, use: (name: string) => unknown): void {
  try {
    if (typeof name !== 'string' || name.length > NAME_LENGTH_MAX) throw new TypeError(typeof name);
    use(name);
  } catch (cause) {
    const form = field === 'language' ? 'a BCP 47 tag such as de-DE' : 'an IANA name such as Europe/Berlin';
    throw new NightshiftError('VALIDATION', `${field} is ${form}.`, { field, cause });
  }
}
