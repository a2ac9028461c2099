import type { AnyNode, ArrayPattern, AssignmentPattern, ObjectPattern } from 'acorn';
import type { Declare, Machine } from './machine.ts';
import { cellOf, define, functionScopeOf, THIS } from './scope.ts';
import { DATA, isNullish, membersOf, type Scope, UNDEFINED, type Value } from './value.ts';
import { carriesSession, join, joinAll, keyOf, shapeOf } from './value-algebra.ts';

/** Binds what a pattern names: `{ db, log = none, ...rest }`, `[first]`, `x`. */
export function bindPattern(
  machine: Machine,
  pattern: AnyNode,
  value: Value,
  { scope, declare }: { readonly scope: Scope; readonly declare: Declare },
): void {
  const how = { scope, declare };
  switch (pattern.type) {
    case 'Identifier':
      declare(pattern.name, value, pattern);
      return;
    case 'AssignmentPattern':
      bindPattern(machine, pattern.left, withDefault(machine, pattern, value, scope), how);
      return;
    case 'ObjectPattern':
      bindObject(machine, pattern, value, how);
      return;
    case 'ArrayPattern':
      bindArray(machine, pattern, value, how);
      return;
    case 'RestElement':
      bindPattern(machine, pattern.argument, value, how);
      return;
    case 'MemberExpression': {
      const target = machine.evaluate(pattern.object, scope);
      for (const key of keysOf(machine, pattern, scope)) machine.set(target, key, value, pattern);
      return;
    }
    default:
      machine.evaluate(pattern, scope);
  }
}

/** The keys that a member or a property may have; null: not known. */
export function keysOf(
  machine: Machine,
  node: { readonly computed: boolean; readonly property?: AnyNode; readonly key?: AnyNode },
  scope: Scope,
): readonly (string | null)[] {
  const key = node.property ?? node.key;
  if (key === undefined) return [null];
  if (key.type === 'PrivateIdentifier') return [`#${key.name}`];
  if (!node.computed && key.type === 'Identifier') return [key.name];
  const symbol = symbolOf(key);
  if (symbol !== null) return [symbol];
  const keys = membersOf(machine.evaluate(key, scope)).map((value) =>
    value.kind === 'constant' ? String(value.value) : null,
  );
  return keys.includes(null) ? [null] : keys;
}

/** The key that a well-known symbol stands for, such as `@iterator` for `Symbol.iterator`; null for other keys. */
export function symbolOf(key: AnyNode): string | null {
  if (key.type !== 'MemberExpression' || key.object.type !== 'Identifier' || key.object.name !== 'Symbol')
    return null;
  return key.property.type === 'Identifier' ? `@${key.property.name}` : null;
}

/** Declares variables of a scope. `var` belongs to the function, and may be declared again. */
export function declareIn(machine: Machine, scope: Scope, kind: string): Declare {
  return (name, value, node) => {
    const home = kind === 'var' ? functionScopeOf(scope) : scope;
    const before = kind === 'var' ? home.variables.get(name) : undefined;
    const later = machine.assigned.get(node);
    const all = [
      value,
      ...(before === undefined ? [] : [before.value]),
      ...(later === undefined ? [] : [later]),
    ];
    define(home, name, joinAll(all), node);
  };
}

/** Assigns to variables that exist. What they held before stays possible: the check does not follow the order of time. */
export function assignIn(machine: Machine, scope: Scope): Declare {
  return (name, value, node) => {
    const cell = cellOf(scope, name);
    if (cell === null) return machine.set(DATA, name, value, node);
    if (cell.alias !== null || cell.node === null) return;
    cell.value = join(cell.value, value);
    const before = machine.assigned.get(cell.node);
    const after = before === undefined ? value : join(before, value);
    if (before === undefined || shapeOf(before) !== shapeOf(after)) {
      machine.assigned.set(cell.node, after);
      machine.changed = true;
    }
    if (isOfModule(scope, name) && carriesSession(value))
      machine.recorder.unknown(`the session is stored in the module's variable \`${name}\``, node);
  };
}

function isOfModule(scope: Scope, name: string): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (at.variables.has(name)) return at.parent === null && name !== THIS;
  }
  return false;
}

function withDefault(machine: Machine, pattern: AssignmentPattern, value: Value, scope: Scope): Value {
  const members = membersOf(value);
  const given = members.filter((member) => !(isNullish(member) && keyOf(member) === keyOf(UNDEFINED)));
  const mayBeAbsent = given.length < members.length || members.some(({ kind }) => kind === 'opaque');
  if (!mayBeAbsent) return value;
  const before = machine.flow;
  const otherwise = machine.evaluate(pattern.right, scope);
  if (!machine.flow.alive) machine.flow = before;
  return joinAll([...given, otherwise]);
}

function bindObject(
  machine: Machine,
  pattern: ObjectPattern,
  value: Value,
  how: { readonly scope: Scope; readonly declare: Declare },
): void {
  for (const property of pattern.properties) {
    if (property.type === 'RestElement') {
      bindPattern(machine, property.argument, value, how);
      continue;
    }
    const parts = keysOf(machine, property, how.scope).map((key) => machine.get(value, key, property));
    bindPattern(machine, property.value, joinAll(parts), how);
  }
}

function bindArray(
  machine: Machine,
  pattern: ArrayPattern,
  value: Value,
  how: { readonly scope: Scope; readonly declare: Declare },
): void {
  for (const [index, element] of pattern.elements.entries()) {
    if (element === null) continue;
    const part = element.type === 'RestElement' ? value : machine.get(value, String(index), element);
    bindPattern(machine, element, part, how);
  }
}
