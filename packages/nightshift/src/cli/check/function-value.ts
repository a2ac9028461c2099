import type { AnyNode, Function as FunctionNode } from 'acorn';
import type { ClassValue, FunctionValue, Scope, Value } from './value.ts';

/** The value of a function's expression or declaration. */
export function functionValue(
  node: FunctionNode,
  scope: Scope,
  name: string,
  home: ClassValue | null = null,
): FunctionValue {
  return { kind: 'function', node, scope, name, self: null, home };
}

/** Whether a node is an expression that makes a function. */
export function isFunctionNode(node: AnyNode): node is FunctionNode & AnyNode {
  return (
    node.type === 'ArrowFunctionExpression' ||
    node.type === 'FunctionExpression' ||
    node.type === 'FunctionDeclaration'
  );
}

/** Whether it can be called, so that handing it on means that somebody calls it. */
export function isCallable(value: Value): boolean {
  return ['function', 'member', 'database-member', 'platform', 'native'].includes(value.kind);
}
