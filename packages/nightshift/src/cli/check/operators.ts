import type {
  AnyNode,
  AssignmentExpression,
  BinaryExpression,
  ConditionalExpression,
  LogicalExpression,
  UnaryExpression,
  UpdateExpression,
} from 'acorn';
import { follow, meet } from './flow.ts';
import type { Machine } from './machine.ts';
import { assignIn } from './patterns.ts';
import { constant, HOLE, isNullish, type Scope, textOf, UNDEFINED, type Value } from './value.ts';
import { derivedFrom, join, truthOf } from './value-algebra.ts';

/** `!x`, `typeof x`, `void x` … */
export function evaluateUnary(machine: Machine, node: UnaryExpression, scope: Scope): Value {
  const value = machine.evaluate(node.argument, scope);
  if (node.operator === 'void') return UNDEFINED;
  const truth = truthOf(value);
  if (node.operator === '!' && truth !== null) return constant(!truth);
  if (node.operator === '-' && value.kind === 'constant' && typeof value.value === 'number')
    return constant(-value.value);
  return derivedFrom(value);
}

/** Comparisons of constants, texts that are put together; of everything else only where it comes from is known. */
export function evaluateBinary(machine: Machine, node: BinaryExpression, scope: Scope): Value {
  const left = machine.evaluate(node.left, scope);
  const right = machine.evaluate(node.right, scope);
  if (left.kind === 'constant' && right.kind === 'constant') {
    if (node.operator === '===') return constant(left.value === right.value);
    if (node.operator === '!==') return constant(left.value !== right.value);
    const bothNullish = isNullish(left) && isNullish(right);
    const sameKind = typeof left.value === typeof right.value || isNullish(left) || isNullish(right);
    if (node.operator === '==' && sameKind) return constant(bothNullish || left.value === right.value);
    if (node.operator === '!=' && sameKind) return constant(!(bothNullish || left.value === right.value));
  }
  if (node.operator === '+') return sum(left, right);
  return derivedFrom(left, right);
}

function sum(left: Value, right: Value): Value {
  const isText = [left, right].some(
    (side) => side.kind === 'text' || (side.kind === 'constant' && typeof side.value === 'string'),
  );
  if (!isText) return derivedFrom(left, right);
  const text = (textOf(left) ?? HOLE) + (textOf(right) ?? HOLE);
  return text.includes(HOLE) ? { kind: 'text', text } : constant(text);
}

/** `a && b`, `a || b`, `a ?? b`: the right side only where it can be reached. */
export function evaluateLogical(machine: Machine, node: LogicalExpression, scope: Scope): Value {
  const left = machine.evaluate(node.left, scope);
  if (!machine.flow.alive) return left;
  const takesRight = reachesRight(node.operator, left);
  if (takesRight === false) return left;
  const before = machine.flow;
  const right = machine.evaluate(node.right, scope);
  if (takesRight === true) return right;
  const reached = machine.flow.alive;
  machine.flow = meet(before, machine.flow);
  if (!reached) return left;
  // Both sides decide the same: `order.paid && false` is false whatever the order is.
  const truth = truthOf(right);
  const settled = (node.operator === '&&' && truth === false) || (node.operator === '||' && truth === true);
  return settled && right.kind === 'constant' ? constant(truth) : join(left, right);
}

function reachesRight(operator: LogicalExpression['operator'], left: Value): boolean | null {
  if (operator === '??') {
    if (isNullish(left)) return true;
    if (left.kind === 'union') return left.of.some(isNullish) || truthOf(left) === null ? null : false;
    return left.kind === 'opaque' || left.kind === 'native' ? null : false;
  }
  const truth = truthOf(left);
  if (truth === null) return null;
  return operator === '&&' ? truth : !truth;
}

/** `a ? b : c`: the sides that can be reached. */
export function evaluateConditional(machine: Machine, node: ConditionalExpression, scope: Scope): Value {
  const truth = truthOf(machine.evaluate(node.test, scope));
  if (!machine.flow.alive) return UNDEFINED;
  if (truth !== null) return machine.evaluate(truth ? node.consequent : node.alternate, scope);
  return follow(machine, [node.consequent, node.alternate], (side) => machine.evaluate(side, scope));
}

/** `x = …`, `x += …`, `x ??= …`, `x++`. */
export function evaluateAssignment(
  machine: Machine,
  node: AssignmentExpression | UpdateExpression,
  scope: Scope,
): Value {
  const assign = (target: AnyNode, value: Value) =>
    machine.bind(target, value, scope, assignIn(machine, scope));
  if (node.type === 'UpdateExpression') {
    const next = { ...derivedFrom(machine.evaluate(node.argument, scope)), data: true };
    assign(node.argument, next);
    return next;
  }
  const { operator, left, right } = node;
  if (operator === '=') {
    const value = machine.evaluate(right, scope);
    if (machine.flow.alive) assign(left, value);
    return value;
  }
  const before = machine.evaluate(left, scope);
  const start = machine.flow;
  const added = machine.evaluate(right, scope);
  if (!machine.flow.alive) machine.flow = start;
  const isLogical = operator === '||=' || operator === '&&=' || operator === '??=';
  const value = isLogical
    ? join(before, added)
    : operator === '+='
      ? sum(before, added)
      : derivedFrom(before, added);
  assign(left, value);
  return value;
}
