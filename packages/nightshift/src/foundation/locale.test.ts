import { describe, expect, it } from 'vitest';
import { checkLanguage, checkTimeZone } from './locale.ts';

const refused = (field: string) => expect.objectContaining({ code: 'VALIDATION', field });

describe('a language', () => {
  it('is brought into its canonical form', () => {
    expect(checkLanguage('language', 'de-de')).toBe('de-DE');
    expect(checkLanguage('language', 'zh-hant-tw')).toBe('zh-Hant-TW');
  });

  it.each(['', ' ', 'de_DE', 'deutsch sprechend', 'x'.repeat(101), null, 7, ['de', 'en'], undefined])(
    'is not %j',
    (language) => {
      expect(() => checkLanguage('l', language)).toThrow(refused('l'));
    },
  );
});

describe('a time zone', () => {
  it('is one that is known by name', () => {
    expect(checkTimeZone('timeZone', 'Europe/Berlin')).toBe('Europe/Berlin');
    expect(checkTimeZone('timeZone', 'UTC')).toBe('UTC');
  });

  it.each(['', 'Mars/Olympus', '+01:00', '-05:00', ' UTC', 'x'.repeat(101), null, undefined, {}])(
    'is not %j',
    (zone) => {
      expect(() => checkTimeZone('tz', zone)).toThrow(refused('tz'));
    },
  );
});
