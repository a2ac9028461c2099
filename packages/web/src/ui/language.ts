/**
 * The language of the browser, in which numbers and times are written. English where it names none that there is: some say
 * `en-US@posix`, which `Intl` refuses. Libraries that ask the browser themselves (uPlot) get the same answer then.
 */
export const LANGUAGE: string = known(navigator.language) ?? known(navigator.language.split('@')[0]) ?? 'en';

if (known(navigator.language) === null)
  Object.defineProperty(navigator, 'language', { value: LANGUAGE, configurable: true });

function known(language: string | undefined): string | null {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(language)[0] ?? null;
  } catch {
    return null;
  }
}
