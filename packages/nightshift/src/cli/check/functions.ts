import { NOWHERE } from './flow.ts';
import type { Call, Frame, Machine } from './machine.ts';
import { declareIn } from './patterns.ts';
import { define, scopeIn, THIS } from './scope.ts';
import {
  type ArrayValue,
  DATA,
  dataFrom,
  type FunctionValue,
  NEVER,
  type Scope,
  UNDEFINED,
  type Value,
} from './value.ts';
import { identityOf, joinAll, keyOf } from './value-algebra.ts';

/** So often a function may stand in the way of calls; recursion beyond shows nothing new. */
const RECURSIONS_MAX = 3;
const DEPTH_MAX = 120;
/** So often a function is followed with the same arguments, each time with its own way of calls. */
const SAME_CALLS_MAX = 40;

/** Follows a call into a function of the application. */
export function callFunction(machine: Machine, target: FunctionValue, call: Call): Value {
  const { frame, flow } = machine;
  if (frame.depth > DEPTH_MAX) {
    machine.cutOff = true;
    return DATA;
  }
  if (recursionsOf(frame, target) >= RECURSIONS_MAX) return dataFrom('recursion');
  const key = callKeyOf(machine, target, call);
  const known = machine.callCounts.get(key);
  if (known !== undefined && known.count >= SAME_CALLS_MAX) {
    machine.flow = known.flow;
    return known.result;
  }
  const inner = frameOf(frame, target, call);
  machine.frame = inner;
  const ended = runBody(machine, target, call);
  machine.frame = frame;
  const { returned, yields } = inner;
  let result = joinAll([...(returned === null ? [] : [returned]), ...(ended ? [UNDEFINED] : [])]);
  if (!machine.flow.alive && (target.node.async || target.node.generator)) {
    // It rejects; whether that ends the caller is up to its `await`.
    machine.flow = flow;
    result = NEVER;
  }
  if (target.node.generator)
    result = { kind: 'array', elements: yields, exact: false, shared: machine.loading };
  machine.callCounts.set(key, { count: (known?.count ?? 0) + 1, result, flow: machine.flow });
  return result;
}

/** As the key of a value, but equal for objects with the same content: calls often make theirs anew. */
function contentOf(value: Value, depth = 0): string {
  if (depth > 3 || (value.kind !== 'object' && value.kind !== 'array') || value.shared) return keyOf(value);
  if (value.kind === 'array') return `[${value.elements.map((each) => contentOf(each, depth + 1)).join()}]`;
  if (value.madeBy !== null || value.spreads.length + value.anyKey.length + value.getters.size > 0)
    return keyOf(value);
  return `{${[...value.properties].map(([key, each]) => `${key}:${contentOf(each, depth + 1)}`).join()}}`;
}

/** Runs parameters and body; afterwards `machine.flow` is that of the caller. Answers whether the end can be reached. */
function runBody(machine: Machine, target: FunctionValue, call: Call): boolean {
  const { node } = target;
  const scope = scopeIn(target.scope, true);
  if (node.type !== 'ArrowFunctionExpression') {
    define(scope, THIS, target.self ?? call.self);
    define(scope, 'arguments', argumentsValue(call));
    if (target.home !== null) define(scope, 'home', target.home);
    if (target.home?.parent != null) define(scope, 'super', target.home.parent);
    if (node.id != null && !target.scope.variables.has(node.id.name)) define(scope, node.id.name, target);
  }
  bindParameters(machine, target, call, scope);
  if (!machine.flow.alive) return false;
  if (node.body.type === 'BlockStatement') {
    machine.executeAll(node.body.body, scope);
  } else {
    const value = machine.evaluate(node.body, scope);
    if (!machine.flow.alive) return false;
    machine.frame.returned = value;
    return false;
  }
  const ended = machine.flow.alive;
  const { left } = machine.frame;
  const { asked } = machine.flow;
  if (left.alive) machine.flow = { alive: true, asked: ended ? asked.union(left.asked) : left.asked };
  else if (!ended) machine.flow = NOWHERE;
  return ended;
}

function bindParameters(machine: Machine, target: FunctionValue, call: Call, scope: Scope): void {
  const declare = declareIn(machine, scope, 'let');
  for (const [index, parameter] of target.node.params.entries()) {
    if (!machine.flow.alive) return;
    const value = call.list[index] ?? call.rest ?? UNDEFINED;
    if (parameter.type !== 'RestElement') machine.bind(parameter, value, scope, declare);
    else machine.bind(parameter.argument, argumentsValue(call, index), scope, declare);
  }
}

function argumentsValue(call: Call, from = 0): ArrayValue {
  const elements = call.list.slice(from);
  if (call.rest !== null) elements.push(call.rest);
  return { kind: 'array', elements, exact: call.rest === null, shared: false };
}

function frameOf(parent: Frame, target: FunctionValue, { site }: Call): Frame {
  return {
    parent,
    module: target.scope.module,
    name: target.name,
    node: target.node as Frame['node'],
    site,
    key: `${parent.key}>${identityOf(site)}:${identityOf(target.node)}`,
    depth: parent.depth + 1,
    breakables: [],
    yields: [],
    returned: null,
    left: NOWHERE,
    exits: 0,
  };
}

function recursionsOf(frame: Frame, { node }: FunctionValue): number {
  let count = 0;
  for (let at: Frame | null = frame; at !== null; at = at.parent) if (at.node === node) count += 1;
  return count;
}

function callKeyOf({ flow }: Machine, target: FunctionValue, call: Call): string {
  const given = [call.self, ...call.list, call.rest ?? DATA].map((value) => contentOf(value)).join('|');
  const asked = [...flow.asked].map(identityOf).join();
  return `${identityOf(target.node)} ${identityOf(target.scope)} ${given} ${asked}`;
}
