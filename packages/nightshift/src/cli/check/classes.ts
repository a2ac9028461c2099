import type { AnyNode, Class, MethodDefinition, PropertyDefinition } from 'acorn';
import { A_CONTAINER } from './call-member.ts';
import { callUnknown, handOver } from './escape.ts';
import { callBack, follow } from './flow.ts';
import { functionValue } from './function-value.ts';
import type { Call, Machine } from './machine.ts';
import { evaluateNamed } from './naming.ts';
import { keysOf } from './patterns.ts';
import { define, lookUp, scopeIn, THIS } from './scope.ts';
import { excerptOf } from './source-module.ts';
import {
  type ClassValue,
  DATA,
  dataFrom,
  emptyObject,
  type ObjectValue,
  type Scope,
  UNDEFINED,
  type Value,
} from './value.ts';
import { derivedFrom } from './value-algebra.ts';

const CONTAINERS = new Set(['Map', 'Set', 'WeakMap', 'WeakSet']);

/** The value of a class; its static members are made at once. */
export function classValue(machine: Machine, node: Class, scope: Scope, name: string): ClassValue {
  const parent = node.superClass == null ? null : machine.evaluate(node.superClass, scope);
  const inside = scopeIn(scope);
  const made: ClassValue = { kind: 'class', node, scope: inside, name, parent, statics: new Map() };
  if (node.id != null) define(inside, node.id.name, made);
  const statics = scopeIn(inside, true);
  define(statics, THIS, made);
  for (const element of node.body.body) {
    if (element.type === 'StaticBlock') {
      machine.executeAll(element.body, scopeIn(statics));
    } else if (element.static) {
      const [key = null] = keysOf(machine, element, statics);
      if (key !== null) made.statics.set(key, staticValue(machine, element, statics, key));
    }
  }
  return made;
}

function staticValue(
  machine: Machine,
  element: MethodDefinition | PropertyDefinition,
  scope: Scope,
  name: string,
): Value {
  if (element.type === 'MethodDefinition') return functionValue(element.value, scope, name);
  return element.value == null ? UNDEFINED : evaluateNamed(machine, element.value, scope, name);
}

/** `new target(…)`. */
export function construct(machine: Machine, target: Value, call: Call): Value {
  switch (target.kind) {
    case 'class': {
      const made = emptyObject(machine.loading, target);
      initialise(machine, target, made, call);
      return made;
    }
    case 'union':
      return follow(machine, target.of, (each) => construct(machine, each, call));
    case 'native':
      return constructNative(machine, target.path, call);
    case 'platform':
      return handOver(machine, call, null);
    default:
      return callUnknown(machine, target, call);
  }
}

/** `super(…)` */
export function constructParent(machine: Machine, call: Call, scope: Scope): Value {
  const self = lookUp(scope, THIS);
  const home = lookUp(scope, 'home');
  if (self?.kind !== 'object' || home?.kind !== 'class' || home.parent === null) return DATA;
  initialiseParent(machine, home.parent, self, call);
  initialiseFields(machine, home, self);
  return UNDEFINED;
}

function constructNative(machine: Machine, path: string, call: Call): Value {
  const text = excerptOf(machine.frame.module, call.site);
  if (CONTAINERS.has(path)) {
    handOver(machine, call, `the session is stored in a ${path}, which is not followed`);
    return dataFrom(A_CONTAINER);
  }
  if (path === 'Promise') {
    const [executor = UNDEFINED] = call.list;
    callBack(machine, executor, { list: [DATA, DATA], rest: null, self: UNDEFINED, site: call.site });
    return DATA;
  }
  const harmless = path.endsWith('Error');
  const made = handOver(
    machine,
    call,
    harmless ? null : `the session is passed to \`${text}\`, which cannot be followed`,
  );
  return made.kind === 'opaque' ? derivedFrom(...call.list) : made;
}

function initialise(machine: Machine, home: ClassValue, self: ObjectValue, call: Call): void {
  const own = home.node.body.body.find(isConstructor);
  if (own === undefined) {
    if (home.parent !== null) initialiseParent(machine, home.parent, self, call);
    initialiseFields(machine, home, self);
    return;
  }
  if (home.parent === null) initialiseFields(machine, home, self);
  const name = `new ${home.name}`;
  machine.callFunction(functionValue(own.value, home.scope, name, home), { ...call, self });
}

function isConstructor(element: AnyNode): element is MethodDefinition {
  return element.type === 'MethodDefinition' && element.kind === 'constructor';
}

function initialiseParent(machine: Machine, parent: Value, self: ObjectValue, call: Call): void {
  if (parent.kind === 'class') initialise(machine, parent, self, call);
  else if (parent.kind === 'native') handOver(machine, call, null);
  else callUnknown(machine, parent, call);
}

function initialiseFields(machine: Machine, home: ClassValue, self: ObjectValue): void {
  const scope = scopeIn(home.scope, true);
  define(scope, THIS, self);
  if (home.parent !== null) define(scope, 'super', home.parent);
  for (const element of home.node.body.body) {
    if (element.type !== 'PropertyDefinition' || element.static) continue;
    const [key = null] = keysOf(machine, element, scope);
    const value =
      element.value == null ? UNDEFINED : evaluateNamed(machine, element.value, scope, key ?? '(method)');
    if (key === null) self.anyKey.push(value);
    else if (element.value != null) self.properties.set(key, value);
  }
}
