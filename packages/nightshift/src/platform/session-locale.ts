import { checkLanguage, checkTimeZone } from '../foundation/index.ts';

/** The language and the time zone of a session, where they are not the user's. */
export interface SessionLocale {
  /** A BCP 47 tag such as `de-DE`. */
  readonly language?: string;
  /** An IANA name such as `Europe/Berlin`. */
  readonly timeZone?: string;
}

/** Checks what was given of a session's locale. @throws NightshiftError VALIDATION naming `language` or `timeZone` */
export function sessionLocale({ language, timeZone }: SessionLocale): SessionLocale {
  return {
    ...(language === undefined ? {} : { language: checkLanguage('language', language) }),
    ...(timeZone === undefined ? {} : { timeZone: checkTimeZone('timeZone', timeZone) }),
  };
}
