import { callBack } from './flow.ts';
import { isCallable } from './function-value.ts';
import type { Call, Machine } from './machine.ts';
import { excerptOf } from './source-module.ts';
import { DATA, type Value } from './value.ts';
import { carriesSession, derivedFrom, joinAll, partsOf } from './value-algebra.ts';

/** Calls something that cannot be followed: a parameter, a package, what came out of a Map. */
export function callUnknown(machine: Machine, callee: Value, call: Call): Value {
  const { site } = call;
  const text = excerptOf(machine.frame.module, 'callee' in site ? site.callee : site);
  const origin = callee.kind === 'opaque' && callee.origin !== null ? ` (${callee.origin})` : '';
  return handOver(machine, call, `the session is passed to \`${text}\`, which cannot be followed${origin}`);
}

/**
 * What happens to arguments in unknown hands: functions are called, possibly often; a session is told as unknown; a
 * database may be written to.
 * @param message null: a session in these hands does no harm
 * @returns what may come back: data, and what the functions returned
 */
export function handOver(machine: Machine, call: Call, message: string | null): Value {
  const given = call.rest === null ? call.list : [...call.list, call.rest];
  if (message !== null && given.some((value) => carriesSession(value)))
    machine.recorder.unknown(message, call.site);
  const returned = new Set<Value>();
  const seen = new Set<Value>();
  for (const value of given) handOverOne(machine, value, { call, seen, returned });
  const interesting = [...returned].filter((value) => value.kind !== 'constant' && value.kind !== 'never');
  return interesting.length === 0 ? derivedFrom(DATA, ...given) : joinAll([DATA, ...interesting]);
}

function handOverOne(
  machine: Machine,
  value: Value,
  how: { readonly call: Call; readonly seen: Set<Value>; readonly returned: Set<Value> },
): void {
  if (how.seen.has(value)) return;
  how.seen.add(value);
  if (value.kind === 'database' && !value.builder) {
    const text = excerptOf(machine.frame.module, how.call.site);
    machine.recorder.write(text, true, how.call.site);
  }
  if (isCallable(value) && value.kind !== 'native' && value.kind !== 'platform') {
    how.returned.add(callBack(machine, value, { list: [], rest: DATA, self: DATA, site: how.call.site }));
  }
  for (const part of partsOf(value)) handOverOne(machine, part, how);
}
