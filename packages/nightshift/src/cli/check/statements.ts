import type { AnyNode, Statement, SwitchStatement, TryStatement, VariableDeclaration } from 'acorn';
import { leave, leaveByError, meet, NOWHERE } from './flow.ts';
import { functionValue } from './function-value.ts';
import { executeLoop } from './loops.ts';
import type { Breakable, Machine } from './machine.ts';
import { evaluateNamed } from './naming.ts';
import { declareIn } from './patterns.ts';
import { define, scopeIn } from './scope.ts';
import { DATA, type Scope, UNDEFINED } from './value.ts';
import { join, truthOf } from './value-algebra.ts';

/** Executes statements in order. Functions are known from the start. */
export function executeAll(machine: Machine, nodes: readonly Statement[], scope: Scope): void {
  for (const node of nodes) {
    if (node.type === 'FunctionDeclaration')
      define(scope, node.id.name, functionValue(node, scope, node.id.name), node.id);
  }
  for (const node of nodes) {
    if (!machine.flow.alive) return;
    execute(machine, node, scope);
  }
}

/** Executes one statement. */
export function execute(
  machine: Machine,
  node: Statement,
  scope: Scope,
  labels: readonly string[] = [],
): void {
  if (!machine.flow.alive) return;
  switch (node.type) {
    case 'ExpressionStatement':
      markDiscarded(machine, node.expression);
      machine.evaluate(node.expression, scope);
      return;
    case 'BlockStatement':
      breakable(machine, labels, () => executeAll(machine, node.body, scopeIn(scope)));
      return;
    case 'VariableDeclaration':
      declareVariables(machine, node, scope);
      return;
    case 'ClassDeclaration':
      define(scope, node.id.name, machine.classOf(node, scope, node.id.name), node.id);
      return;
    case 'IfStatement':
      breakable(machine, labels, () => executeIf(machine, node, scope));
      return;
    case 'ReturnStatement': {
      const value = node.argument == null ? UNDEFINED : machine.evaluate(node.argument, scope);
      if (!machine.flow.alive) return;
      const { frame } = machine;
      frame.returned = frame.returned === null ? value : join(frame.returned, value);
      frame.left = meet(frame.left, machine.flow);
      leave(machine);
      return;
    }
    case 'ThrowStatement':
      machine.evaluate(node.argument, scope);
      leaveByError(machine);
      return;
    case 'TryStatement':
      breakable(machine, labels, () => executeTry(machine, node, scope));
      return;
    case 'SwitchStatement':
      breakable(machine, ['', ...labels], () => executeSwitch(machine, node, scope));
      return;
    case 'LabeledStatement':
      execute(machine, node.body, scope, [...labels, node.label.name]);
      return;
    case 'BreakStatement':
    case 'ContinueStatement':
      jump(machine, node.type === 'BreakStatement', node.label?.name ?? null);
      return;
    default:
      executeLoop(machine, node, scope, labels);
  }
}

/** Declares the variables of a declaration. */
export function declareVariables(machine: Machine, node: VariableDeclaration, scope: Scope): void {
  const declare = declareIn(machine, scope, node.kind);
  for (const { id, init } of node.declarations) {
    if (!machine.flow.alive) return;
    // A variable without a first value is what is assigned to it later.
    const first = machine.assigned.get(id) ?? UNDEFINED;
    const name = id.type === 'Identifier' ? id.name : '(callback)';
    const value = init == null ? first : evaluateNamed(machine, init, scope, name);
    if (machine.flow.alive) machine.bind(id, value, scope, declare);
  }
}

function markDiscarded(machine: Machine, node: AnyNode): void {
  machine.discarded.add(node);
  if (node.type === 'AwaitExpression' || (node.type === 'UnaryExpression' && node.operator === 'void'))
    markDiscarded(machine, node.argument);
  if (node.type === 'ChainExpression') markDiscarded(machine, node.expression);
  if (node.type === 'LogicalExpression') markDiscarded(machine, node.right);
}

function executeIf(
  machine: Machine,
  node: Extract<Statement, { readonly type: 'IfStatement' }>,
  scope: Scope,
): void {
  const truth = truthOf(machine.evaluate(node.test, scope));
  if (!machine.flow.alive) return;
  const before = machine.flow;
  if (truth === null) {
    execute(machine, node.consequent, scope);
    const after = machine.flow;
    machine.flow = before;
    if (node.alternate != null) execute(machine, node.alternate, scope);
    machine.flow = meet(after, machine.flow);
    return;
  }
  const branch = truth ? node.consequent : node.alternate;
  const { frame } = machine;
  const exitsBefore = frame.exits;
  if (branch != null) execute(machine, branch, scope);
  const asked = new Set([...machine.flow.asked].filter((question) => !before.asked.has(question)));
  machine.recorder.branch(node, asked, machine.flow.alive && frame.exits > exitsBefore);
}

function breakable(machine: Machine, labels: readonly string[], work: () => void): void {
  if (labels.length === 0) {
    work();
    return;
  }
  const place: Breakable = { labels, loop: false, broken: NOWHERE, continued: NOWHERE };
  const { breakables } = machine.frame;
  breakables.push(place);
  work();
  breakables.pop();
  machine.flow = meet(machine.flow, place.broken);
}

function jump(machine: Machine, isBreak: boolean, label: string | null): void {
  const target = machine.frame.breakables.findLast(({ labels, loop }) =>
    label === null ? loop || (isBreak && labels.includes('')) : labels.includes(label),
  );
  if (target !== undefined && isBreak) target.broken = meet(target.broken, machine.flow);
  if (target !== undefined && !isBreak) target.continued = meet(target.continued, machine.flow);
  leave(machine);
}

/** An error may come from anywhere in the block, so the handler is reached with all that was asked in it, or nothing. */
function executeTry(machine: Machine, node: TryStatement, scope: Scope): void {
  const before = machine.flow;
  execute(machine, node.block, scope);
  let after = machine.flow;
  if (node.handler != null) {
    machine.flow = meet(before, after);
    const inside = scopeIn(scope);
    if (node.handler.param != null)
      machine.bind(node.handler.param, DATA, inside, declareIn(machine, inside, 'let'));
    executeAll(machine, node.handler.body.body, inside);
    after = meet(after, machine.flow);
  }
  machine.flow = after;
  if (node.finalizer == null) return;
  machine.flow = meet(before, after);
  execute(machine, node.finalizer, scope);
  if (!after.alive) machine.flow = NOWHERE;
}

function executeSwitch(machine: Machine, node: SwitchStatement, scope: Scope): void {
  const subject = machine.evaluate(node.discriminant, scope);
  const inside = scopeIn(scope);
  let entry = machine.flow;
  let fallen = NOWHERE;
  let certain = false;
  const hasDefault = node.cases.some(({ test }) => test == null);
  for (const { test, consequent } of node.cases) {
    machine.flow = entry;
    const found = test == null || certain ? undefined : machine.evaluate(test, inside);
    entry = machine.flow;
    const known = found?.kind === 'constant' && subject.kind === 'constant';
    const excluded = certain || (known && found.value !== subject.value);
    machine.flow = meet(fallen, excluded ? NOWHERE : entry);
    if (known && !excluded) certain = true;
    executeAll(machine, consequent, inside);
    fallen = machine.flow;
  }
  machine.flow = meet(fallen, hasDefault || certain ? NOWHERE : entry);
}
