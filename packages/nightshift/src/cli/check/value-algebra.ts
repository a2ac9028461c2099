import type { AnyNode } from 'acorn';
import { DATA, membersOf, NEVER, type Opaque, type Value } from './value.ts';

/** More alternatives than this are no longer told apart one by one. */
const ALTERNATIVES_MAX = 60;

const numbers = new WeakMap<object, number>();
let nextNumber = 1;

/** A number that stays with the object. */
export function identityOf(thing: object): number {
  const known = numbers.get(thing);
  if (known !== undefined) return known;
  const fresh = nextNumber++;
  numbers.set(thing, fresh);
  return fresh;
}

/** Equal for values that the check cannot tell apart. */
export function keyOf(value: Value): string {
  switch (value.kind) {
    case 'constant':
      return `constant ${typeof value.value} ${String(value.value)}`;
    case 'text':
      return `text ${value.text}`;
    case 'opaque':
      return `opaque ${value.data} ${value.origin} ${[...value.answers].map(identityOf).join()}`;
    case 'member':
      return `member ${value.name}`;
    case 'database':
      return `database ${value.builder}`;
    case 'database-member':
      return `database-member ${value.builder} ${value.name}`;
    case 'platform':
    case 'native':
      return `${value.kind} ${value.path}`;
    case 'function':
      return `function ${identityOf(value.node)} ${identityOf(value.scope)} ${value.self === null ? '' : keyOf(value.self)}`;
    case 'union':
      return `union ${value.of.map(keyOf).join('|')}`;
    case 'session':
    case 'never':
      return value.kind;
    default:
      return `${value.kind} ${identityOf(value)}`;
  }
}

/** Equal for values that are made by the same code, also in another pass over it. */
export function shapeOf(value: Value, depth = 0): string {
  switch (value.kind) {
    case 'function':
    case 'class':
      return `${value.kind} ${identityOf(value.node)}`;
    case 'codeunit':
      return `codeunit ${value.name}`;
    case 'object':
      return `object ${[...value.properties.keys()].join()} ${shapesOf(partsOf(value), depth)}`;
    case 'array':
    case 'union':
      return `${value.kind} ${shapesOf(partsOf(value), depth)}`;
    case 'application':
    case 'namespace':
      return value.kind;
    default:
      return keyOf(value);
  }
}

function shapesOf(values: readonly Value[], depth: number): string {
  if (depth > 3) return '…';
  return [...new Set(values.map((value) => shapeOf(value, depth + 1)))].sort().join('|');
}

/** The value that is one of these; data when there is none. */
export function joinAll(values: readonly Value[]): Value {
  const distinct = new Map<string, Value>();
  for (const value of values) {
    for (const member of membersOf(value)) distinct.set(keyOf(member), member);
  }
  if (distinct.size > 1) distinct.delete(NEVER.kind);
  const members = [...distinct.values()];
  const first = members[0];
  if (first === undefined) return DATA;
  if (members.length === 1) return first;
  const kept = members.length <= ALTERNATIVES_MAX ? members : members.filter(isFollowed);
  return { kind: 'union', of: kept.length === members.length ? members : [...kept, DATA] };
}

/** The value that is one of two. */
export function join(one: Value, other: Value): Value {
  return one === other ? one : joinAll([one, other]);
}

/** Constants and texts give way when there are too many; what can be called or holds a session does not. */
function isFollowed({ kind }: Value): boolean {
  return kind !== 'constant' && kind !== 'text' && kind !== 'opaque';
}

/** Whether it counts as true; null when that is open. */
export function truthOf(value: Value): boolean | null {
  switch (value.kind) {
    case 'constant':
      return Boolean(value.value);
    case 'opaque':
    case 'native':
    case 'text':
    case 'never':
      return null;
    case 'union': {
      const truths = new Set(value.of.map(truthOf));
      const [only = null] = truths;
      return truths.size === 1 ? only : null;
    }
    default:
      return true;
  }
}

/** The questions whose answers are in it. */
export function answersOf(value: Value): ReadonlySet<AnyNode> {
  if (value.kind === 'opaque') return value.answers;
  if (value.kind !== 'union') return DATA.answers;
  return new Set(value.of.flatMap((member) => [...answersOf(member)]));
}

/** Whether data of the application are in it, beside constants and answers. */
export function holdsData(value: Value): boolean {
  if (value.kind === 'opaque') return value.data;
  if (value.kind === 'union') return value.of.some(holdsData);
  return value.kind === 'native' || value.kind === 'text';
}

/** What an operation makes of these when its outcome is not known. */
export function derivedFrom(...values: readonly Value[]): Opaque {
  return {
    kind: 'opaque',
    origin: null,
    answers: new Set(values.flatMap((value) => [...answersOf(value)])),
    data: values.some(holdsData),
  };
}

/** Whether the session is in it, or in what it holds. Functions that close over a session do not count. */
export function carriesSession(value: Value, seen: Set<Value> = new Set()): boolean {
  if (value.kind === 'session') return true;
  if (seen.has(value)) return false;
  seen.add(value);
  return partsOf(value).some((part) => carriesSession(part, seen));
}

/** What a value holds: members, properties, elements. */
export function partsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case 'union':
      return value.of;
    case 'object':
      return [...value.properties.values(), ...value.spreads, ...value.anyKey];
    case 'array':
      return value.elements;
    default:
      return [];
  }
}
