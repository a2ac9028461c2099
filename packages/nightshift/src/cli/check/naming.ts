import type { AnyNode } from 'acorn';
import { functionValue } from './function-value.ts';
import type { Machine } from './machine.ts';
import type { Scope, Value } from './value.ts';

/** Evaluates; a function or a class without a name gets that of what it is assigned to. */
export function evaluateNamed(machine: Machine, node: AnyNode, scope: Scope, name: string): Value {
  if (node.type === 'ArrowFunctionExpression') return functionValue(node, scope, name);
  if (node.type === 'FunctionExpression' && node.id == null) return functionValue(node, scope, name);
  if (node.type === 'ClassExpression' && node.id == null) return machine.classOf(node, scope, name);
  return machine.evaluate(node, scope);
}
