/** Lets imports of this package resolve to its sources. */
const SOURCE_CONDITION = '--conditions=nightshift-source';
/** Flags of this process that decide how modules are found and read. The others are for this process alone. */
const KEPT = new Set([
  '--conditions',
  '-C',
  '--import',
  '--require',
  '-r',
  '--loader',
  '--experimental-loader',
  '--experimental-transform-types',
  '--enable-source-maps',
  '--preserve-symlinks',
  '--disable-warning',
  '--no-warnings',
]);
/** Of these, the ones without a value. */
const BARE = new Set([
  '--experimental-transform-types',
  '--enable-source-maps',
  '--preserve-symlinks',
  '--no-warnings',
]);

/**
 * The flags of Node for an isolate: those that find and read the application's modules as this process does.
 *
 * @param flags this process's, as in `process.execArgv`
 * @param fromSource whether this package runs from its TypeScript sources
 */
export function inheritedFlags(flags: readonly string[], fromSource: boolean): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at] ?? '';
    const [name = ''] = flag.split('=', 1);
    if (!KEPT.has(name)) continue;
    kept.push(flag);
    if (flag === name && !BARE.has(name)) {
      at++;
      kept.push(flags[at] ?? '');
    }
  }
  const named = kept.includes(SOURCE_CONDITION) || kept.includes('nightshift-source');
  return fromSource && !named ? [...kept, SOURCE_CONDITION] : kept;
}

/** Whether this package runs from its TypeScript sources. */
export const FROM_SOURCE = import.meta.url.endsWith('.ts');
