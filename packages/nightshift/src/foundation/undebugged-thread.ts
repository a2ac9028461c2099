/** What makes Node wait for a debugger; a thread inherits it from its process, and waits for one of its own. */
const WAITS = /^--inspect-(?:brk|wait)\b/;
const CONDITION = /^(?:--conditions|-C)(?:=|$)/;

/** The options of a thread that depend on how Node was started. */
export interface ThreadStart {
  readonly execArgv?: string[];
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Lets a thread run although its process was started with `--inspect-brk` or `--inspect-wait`: whoever debugs an
 * application does not know of our threads, and would never let them go on.
 * @param flags this process's, as in `process.execArgv`
 * @param environment this process's
 * @returns nothing when no debugger is waited for: then a thread inherits everything
 */
export function undebuggedThread(
  flags: readonly string[],
  environment: Readonly<NodeJS.ProcessEnv>,
): ThreadStart {
  const ofEnvironment = (environment['NODE_OPTIONS'] ?? '').split(' ').filter((flag) => flag !== '');
  if (![...flags, ...ofEnvironment].some((flag) => WAITS.test(flag))) return {};
  return {
    // Only what decides where modules are found: a thread refuses flags that are about the whole process.
    execArgv: flags.filter((flag, at) => CONDITION.test(flag) || isValueOf(flags[at - 1])),
    env: { ...environment, NODE_OPTIONS: ofEnvironment.filter((flag) => !WAITS.test(flag)).join(' ') },
  };
}

function isValueOf(flag = ''): boolean {
  return CONDITION.test(flag) && !flag.includes('=');
}
