import type { AnyNode, MethodDefinition } from 'acorn';
import { handOver } from './escape.ts';
import { functionValue } from './function-value.ts';
import type { Machine } from './machine.ts';
import { symbolOf } from './patterns.ts';
import { DIALOGS } from './session-members.ts';
import {
  type ClassValue,
  constant,
  DATA,
  dataFrom,
  type FunctionValue,
  type ObjectValue,
  UNDEFINED,
  type Value,
} from './value.ts';
import { carriesSession, join, joinAll } from './value-algebra.ts';

const SESSION_METHODS = new Set<string>([
  ...DIALOGS,
  'message',
  'error',
  'openDialog',
  'commit',
  'savepoint',
  'run',
  'sleep',
  'progress',
]);

/** Reads a property; `key` null means any of them, and for an array any of its elements. */
export function getProperty(machine: Machine, target: Value, key: string | null, site: AnyNode): Value {
  switch (target.kind) {
    case 'session':
      return sessionMember(machine, key, site);
    case 'database':
      return key === null ? DATA : { kind: 'database-member', builder: target.builder, name: key };
    case 'platform':
      return key === null
        ? DATA
        : { kind: 'platform', path: target.path === '' ? key : `${target.path}.${key}` };
    case 'native':
      return key === null ? DATA : { kind: 'native', path: `${target.path}.${key}` };
    case 'object':
      return objectMember(machine, target, key, site);
    case 'array':
      return arrayMember(target, key);
    case 'class':
      return key === null ? DATA : staticMember(machine, target, key, site);
    case 'codeunit':
      return key === 'onRun' ? target.onRun : key === 'name' ? constant(target.name) : DATA;
    case 'namespace':
      if (key === null) return joinAll(target.names().map((name) => target.exportOf(name)));
      return target.exportOf(key);
    case 'union':
      return joinAll(target.of.map((each) => getProperty(machine, each, key, site)));
    case 'constant':
      return target.value === null || target.value === undefined ? UNDEFINED : DATA;
    case 'opaque':
      return target.origin === null ? DATA : { ...DATA, origin: target.origin };
    default:
      return DATA;
  }
}

/** Sets a property. A session that is put where others reach it is told. */
export function setProperty(
  machine: Machine,
  target: Value,
  { key, value, site }: { readonly key: string | null; readonly value: Value; readonly site: AnyNode },
): void {
  if (target.kind === 'union') {
    for (const each of target.of) setProperty(machine, each, { key, value, site });
    return;
  }
  const shared = target.kind === 'object' || target.kind === 'array' ? target.shared : true;
  if (shared && carriesSession(value))
    machine.recorder.unknown('the session is stored where it outlives the call', site);
  if (target.kind === 'object') {
    const before = key === null ? undefined : target.properties.get(key);
    const setter = key === null ? null : setterOf(target, key);
    if (setter !== null) machine.call(setter, { list: [value], rest: null, self: target, site });
    else if (key === null) target.anyKey.push(value);
    else target.properties.set(key, before === undefined ? value : join(before, value));
  } else if (target.kind === 'array') {
    target.elements.push(value);
  } else if (target.kind === 'class' && key !== null) {
    target.statics.set(key, value);
  } else {
    // Somebody else has it now, and may call it some time: an event handler.
    handOver(machine, { list: [value], rest: null, self: DATA, site }, null);
  }
}

function sessionMember(machine: Machine, key: string | null, site: AnyNode): Value {
  if (key === null) {
    machine.recorder.unknown('a member of the session is chosen at run time', site);
    return DATA;
  }
  if (key === 'guiAllowed') return constant(machine.world === 'foreground');
  if (key === 'db') return { kind: 'database', builder: false };
  if (key === 'log') return { kind: 'platform', path: 'session.log' };
  return SESSION_METHODS.has(key) ? { kind: 'member', name: key } : DATA;
}

function objectMember(machine: Machine, target: ObjectValue, key: string | null, site: AnyNode): Value {
  if (key === null) {
    const made = [...target.getters.values()].map((getter) => callGetter(machine, getter, target, site));
    const spread = target.spreads.map((each) => getProperty(machine, each, null, site));
    const all = [...target.properties.values(), ...made, ...spread, ...target.anyKey];
    return all.length === 0 ? DATA : joinAll(all);
  }
  const own = target.properties.get(key);
  if (own !== undefined) return asReadLater(machine, key, own);
  const getter = target.getters.get(key);
  if (getter !== undefined) return callGetter(machine, getter, target, site);
  if (target.madeBy !== null) {
    const found = methodOf(machine, target.madeBy, { key, target, site });
    if (found !== null) return found;
  }
  if (target.spreads.length > 0 || target.anyKey.length > 0) {
    const spread = target.spreads.map((each) => getProperty(machine, each, key, site));
    return joinAll([...target.anyKey, ...spread]);
  }
  return target.madeBy === null ? UNDEFINED : DATA;
}

/** A constant that something assigns anew may be another by now. */
function asReadLater(machine: Machine, key: string, value: Value): Value {
  const changes = value.kind === 'constant' && machine.graph.mutableProperties.has(key);
  return changes ? join(value, DATA) : value;
}

function callGetter(machine: Machine, getter: Value, self: Value, site: AnyNode): Value {
  return machine.call(getter, { list: [], rest: null, self, site });
}

/** A method or getter of a class or of those it extends; null when there is none. */
function methodOf(
  machine: Machine,
  home: ClassValue,
  wanted: { readonly key: string; readonly target: ObjectValue; readonly site: AnyNode },
): Value | null {
  const found = definitionIn(home, wanted.key, ['method', 'get']);
  if (found !== null) {
    return found.kind === 'get'
      ? callGetter(machine, found.method, wanted.target, wanted.site)
      : found.method;
  }
  const { parent } = home;
  if (parent === null) return null;
  return parent.kind === 'class'
    ? methodOf(machine, parent, wanted)
    : dataFrom('a class that is not followed');
}

/** The setter of an object or of its classes; null when there is none. */
function setterOf(target: ObjectValue, key: string): Value | null {
  const own = target.setters.get(key);
  if (own !== undefined) return own;
  for (let home: Value | null = target.madeBy; home?.kind === 'class'; home = home.parent) {
    const found = definitionIn(home, key, ['set']);
    if (found !== null) return found.method;
  }
  return null;
}

function definitionIn(
  home: ClassValue,
  key: string,
  kinds: readonly MethodDefinition['kind'][],
): { readonly kind: MethodDefinition['kind']; readonly method: FunctionValue } | null {
  for (const element of home.node.body.body) {
    if (element.type !== 'MethodDefinition' || element.static || !kinds.includes(element.kind)) continue;
    if (nameOf(element) !== key) continue;
    const method = functionValue(element.value, home.scope, key, home);
    return { kind: element.kind, method };
  }
  return null;
}

function nameOf({ key, computed }: MethodDefinition): string | null {
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  if (key.type === 'Literal') return String(key.value);
  return computed ? symbolOf(key) : key.type === 'Identifier' ? key.name : null;
}

function staticMember(machine: Machine, target: ClassValue, key: string, site: AnyNode): Value {
  const own = target.statics.get(key);
  if (own !== undefined) return asReadLater(machine, key, own);
  return target.parent?.kind === 'class' ? staticMember(machine, target.parent, key, site) : DATA;
}

function arrayMember(
  { elements, exact }: { readonly elements: readonly Value[]; readonly exact: boolean },
  key: string | null,
): Value {
  if (key === null) return elements.length === 0 ? DATA : joinAll(elements);
  if (!/^\d+$/.test(key)) return DATA;
  if (exact) return elements[Number(key)] ?? UNDEFINED;
  return elements.length === 0 ? DATA : joinAll([...elements, UNDEFINED]);
}
