import type { MemberExpression } from 'acorn';
import { callArrayMethod } from './array-methods.ts';
import { callUnknown } from './escape.ts';
import { callLater, follow } from './flow.ts';
import { isCallable } from './function-value.ts';
import type { Call, Machine } from './machine.ts';
import { constant, DATA, HOLE, isNullish, NEVER, textOf, UNDEFINED, type Value } from './value.ts';
import { derivedFrom, join } from './value-algebra.ts';

/** A call of a member, with its receiver evaluated. */
export interface MemberCall {
  /** Null: chosen at run time. */
  readonly key: string | null;
  readonly call: Call;
  readonly node: MemberExpression;
  /** `x.f?.()` */
  readonly optional: boolean;
}

/** `receiver.key(…)`. */
export function callMember(machine: Machine, receiver: Value, wanted: MemberCall): Value {
  const { key, node } = wanted;
  const call = { ...wanted.call, self: receiver };
  if (receiver.kind === 'union') {
    const members = receiver.of.filter((each) => !isNullish(each));
    return follow(machine, members, (each) => callMember(machine, each, wanted));
  }
  if (isCallable(receiver) && receiver.kind !== 'native') {
    const value = callThrough(machine, receiver, key, call);
    if (value !== null) return value;
  }
  if (receiver.kind === 'array') return callArrayMethod(machine, receiver, key, call);
  const method = isBuiltIn(receiver) ? null : machine.get(receiver, key, node);
  if (method !== null && !isNullish(method) && method !== DATA) return machine.call(method, call);
  if (method !== null && wanted.optional) return UNDEFINED;
  return callPromise(machine, receiver, key, call) ?? callOther(machine, receiver, key, call);
}

/** Values whose methods are the language's, or unknown. */
function isBuiltIn({ kind }: Value): boolean {
  return kind === 'opaque' || kind === 'constant' || kind === 'text' || kind === 'never';
}

/** `f.call(self, …)`, `f.apply(self, list)`, `f.bind(self)`. */
function callThrough(machine: Machine, target: Value, key: string | null, call: Call): Value | null {
  const [self = UNDEFINED, ...list] = call.list;
  if (key === 'bind') return target.kind === 'function' ? { ...target, self } : target;
  if (key === 'call') return machine.call(target, { ...call, self, list });
  if (key !== 'apply') return null;
  const [given = UNDEFINED] = list;
  if (given.kind === 'array' && given.exact)
    return machine.call(target, { ...call, self, list: given.elements });
  return machine.call(target, { ...call, self, list: [], rest: machine.get(given, null, call.site) });
}

/** Promises are looked through: a promise of x is x. */
function callPromise(machine: Machine, receiver: Value, key: string | null, call: Call): Value | null {
  const [first = UNDEFINED, second = UNDEFINED] = call.list;
  const handle = (handler: Value, value: Value) =>
    callLater(machine, handler, { list: [value], rest: null, self: UNDEFINED, site: call.site });
  const before = machine.flow;
  switch (key) {
    case 'then': {
      const good = receiver.kind === 'never' ? NEVER : isNullish(first) ? receiver : handle(first, receiver);
      if (isNullish(second)) return good;
      const after = machine.flow;
      machine.flow = before;
      const bad = handle(second, DATA);
      machine.flow = after;
      return join(good, bad);
    }
    case 'catch':
      return isNullish(first) ? receiver : join(receiver, handle(first, DATA));
    case 'finally':
      if (!isNullish(first)) handle(first, UNDEFINED);
      return receiver;
    default:
      return null;
  }
}

function callOther(machine: Machine, receiver: Value, key: string | null, call: Call): Value {
  const text = textOf(receiver);
  if (text !== null && (key === 'trim' || key === 'toString' || key === 'trimEnd')) {
    return text.includes(HOLE) ? receiver : constant(key === 'trim' ? text.trim() : text);
  }
  const isContainer = receiver.kind === 'opaque' && receiver.origin === A_CONTAINER;
  if (isContainer && (key === 'get' || key === 'has' || key === 'delete')) return receiver;
  const returned = callUnknown(machine, receiver, call);
  const isListed = key === 'map' || key === 'flatMap';
  if (isListed) return { kind: 'array', elements: [returned], exact: false, shared: machine.loading };
  return returned === DATA ? derivedFrom(receiver, DATA) : returned;
}

/** Where what comes out of a Map or a Set comes from. */
export const A_CONTAINER = 'a value from a Map or Set';
