import type { AnyNode } from 'acorn';
import type { SourceModule } from './source-module.ts';
import type { Cell, Scope, Value } from './value.ts';

/** The name under which a scope keeps `this`. */
export const THIS = 'this';
/** The name under which a module's scope keeps its default export. */
export const DEFAULT_EXPORT = '*default*';

/** The scope of a module. */
export function moduleScope(module: SourceModule): Scope {
  return { variables: new Map(), parent: null, module, ofFunction: true };
}

/** A scope inside another. */
export function scopeIn(parent: Scope, ofFunction = false): Scope {
  return { variables: new Map(), parent, module: parent.module, ofFunction };
}

/** Sets a variable of this very scope. */
export function define(scope: Scope, name: string, value: Value, node: AnyNode | null = null): void {
  scope.variables.set(name, { value, node, alias: null });
}

/** The variable that a name means; null when it is none of the application's. */
export function cellOf(scope: Scope, name: string): Cell | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const cell = at.variables.get(name);
    if (cell !== undefined) return cell;
  }
  return null;
}

/** The scope to which a `var` belongs. */
export function functionScopeOf(scope: Scope): Scope {
  let at = scope;
  while (!at.ofFunction && at.parent !== null) at = at.parent;
  return at;
}

/** What a name holds; null when it is none of the application's. */
export function lookUp(scope: Scope, name: string): Value | null {
  const cell = cellOf(scope, name);
  if (cell === null) return null;
  return cell.alias === null ? cell.value : cell.alias();
}
