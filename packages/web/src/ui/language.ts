/**
 * The language of the browser, in which numbers and times are written. English where it names none that there is: some say
 * `en-US@posix`, which `Intl` refuses.
 */
export const LANGUAGE: string = known(navigator.language) ?? known(navigator.language.split('@')[0]) ?? 'en';

function known(language: string | undefined): string | null {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(language)[0] ?? null;
  } catch {
    return null;
  }
}
