import { callUnknown } from './escape.ts';
import { callBack } from './flow.ts';
import { isCallable } from './function-value.ts';
import type { Call, Machine } from './machine.ts';
import { type ArrayValue, constant, DATA, HOLE, textOf, UNDEFINED, type Value } from './value.ts';
import { carriesSession, joinAll } from './value-algebra.ts';

const SAME_ELEMENTS = new Set([
  'filter',
  'slice',
  'reverse',
  'toReversed',
  'sort',
  'toSorted',
  'concat',
  'splice',
  'toSpliced',
  'values',
  'flat',
  'fill',
  'with',
]);
const ONE_ELEMENT = new Set(['find', 'findLast', 'at', 'pop', 'shift']);
const ADDING = new Set(['push', 'unshift', 'splice', 'fill', 'concat', 'with', 'toSpliced']);

/** Methods of an array whose making was seen: its elements reach the callback. */
export function callArrayMethod(machine: Machine, array: ArrayValue, key: string | null, call: Call): Value {
  const listOf = (elements: readonly Value[]): ArrayValue => ({
    kind: 'array',
    elements: [...elements],
    exact: false,
    shared: machine.loading,
  });
  if (key === null) return callUnknown(machine, DATA, call);
  if (ADDING.has(key)) add(machine, array, call);
  if (key === 'join') return joined(array, call);
  const element = joinAll(array.elements);
  const [callback = UNDEFINED] = call.list;
  const results: Value[] = [];
  const callables =
    callback.kind === 'union' ? callback.of.filter(isCallable) : [callback].filter(isCallable);
  for (const callable of ADDING.has(key) ? [] : callables) {
    const reduces = key === 'reduce' || key === 'reduceRight';
    const first = reduces ? [joinAll([call.list[1] ?? element, DATA])] : [];
    const list = [...first, key === 'sort' ? element : element, key === 'sort' ? element : DATA, array];
    results.push(callBack(machine, callable, { list, rest: DATA, self: DATA, site: call.site }));
  }
  if (key === 'map' || key === 'flatMap') return listOf(results);
  if (key === 'entries') return listOf([listOf([DATA, element])]);
  if (SAME_ELEMENTS.has(key)) return listOf(array.elements);
  if (ONE_ELEMENT.has(key)) return array.elements.length === 0 ? DATA : joinAll([element, UNDEFINED]);
  const kept = results.filter((value) => value.kind !== 'constant' && value.kind !== 'never');
  return key === 'reduce' || key === 'reduceRight' ? joinAll([DATA, ...kept]) : DATA;
}

function add(machine: Machine, array: ArrayValue, call: Call): void {
  const added = call.rest === null ? call.list : [...call.list, call.rest];
  if (array.shared && added.some((value) => carriesSession(value)))
    machine.recorder.unknown('the session is stored in a list of the module', call.site);
  array.elements.push(...added.filter((value) => !array.elements.includes(value)));
}

function joined({ elements, exact }: ArrayValue, call: Call): Value {
  const separator = call.list[0] === undefined ? ',' : (textOf(call.list[0]) ?? HOLE);
  const texts = elements.map((each) => textOf(each) ?? HOLE);
  const text = exact ? texts.join(separator) : HOLE;
  return text.includes(HOLE) ? { kind: 'text', text } : constant(text);
}
