import { handOver } from './escape.ts';
import { callLater, leaveByError } from './flow.ts';
import type { Call, Machine } from './machine.ts';
import { excerptOf } from './source-module.ts';
import { spreadInto } from './spread.ts';
import { constant, DATA, NEVER, UNDEFINED, type Value } from './value.ts';
import { derivedFrom, joinAll, truthOf } from './value-algebra.ts';

/** They hand back their first argument: a promise of x is x. */
const IDENTITY = new Set([
  'Object.freeze',
  'Object.seal',
  'Object.preventExtensions',
  'Promise.resolve',
  'Promise.all',
  'Array.from',
  'structuredClone',
  'Object.values',
]);
const ONE_OF = new Set(['Promise.race', 'Promise.any']);
/** They look at a session without calling it. */
const HARMLESS =
  /^(?:console\.\w+|JSON\.stringify|String|Boolean|Number|Object\.(?:keys|is|hasOwn|getPrototypeOf|isFrozen)|Array\.isArray|Promise\.allSettled)$/;

/** Calls a global of the language or of Node. */
export function callNative(machine: Machine, path: string, call: Call): Value {
  const [first = UNDEFINED, second = UNDEFINED, ...others] = call.list;
  if (IDENTITY.has(path) && second === UNDEFINED)
    return path === 'Object.values' ? listOf(machine, [machine.get(first, null, call.site)]) : first;
  if (ONE_OF.has(path)) return machine.get(first, null, call.site);
  switch (path) {
    case 'Promise.reject':
      return NEVER;
    case 'process.exit':
      leaveByError(machine);
      return NEVER;
    case 'Array.of':
      return listOf(machine, call.list);
    case 'Object.entries':
      return listOf(machine, [listOf(machine, [DATA, machine.get(first, null, call.site)])]);
    case 'Object.assign':
      if (first.kind !== 'object') break;
      for (const source of [second, ...others]) spreadInto(first, source);
      return first;
    case 'Promise.try':
      return callLater(machine, first, { ...call, list: call.list.slice(1) });
    default:
  }
  if (HARMLESS.test(path)) {
    handOver(machine, call, null);
    const truth = path === 'Boolean' ? truthOf(first) : null;
    return truth === null ? derivedFrom(...call.list) : constant(truth);
  }
  const text = excerptOf(machine.frame.module, 'callee' in call.site ? call.site.callee : call.site);
  return handOver(machine, call, `the session is passed to \`${text}\`, which cannot be followed`);
}

function listOf(machine: Machine, elements: readonly Value[]): Value {
  return { kind: 'array', elements: [joinAll(elements)], exact: false, shared: machine.loading };
}
