import type { AnyNode, ArrayExpression, ObjectExpression, TemplateLiteral } from 'acorn';
import { evaluateCall, evaluateNew, evaluateTagged } from './calls.ts';
import { leaveByError } from './flow.ts';
import { functionValue } from './function-value.ts';
import { type Machine, STEPS_MAX, TooLarge } from './machine.ts';
import { evaluateNamed } from './naming.ts';
import {
  evaluateAssignment,
  evaluateBinary,
  evaluateConditional,
  evaluateLogical,
  evaluateUnary,
} from './operators.ts';
import { keysOf } from './patterns.ts';
import { lookUp, THIS } from './scope.ts';
import { spreadInto } from './spread.ts';
import {
  type ArrayValue,
  constant,
  DATA,
  dataFrom,
  emptyObject,
  type FunctionValue,
  HOLE,
  isNullish,
  type Scope,
  textOf,
  UNDEFINED,
  type Value,
} from './value.ts';
import { derivedFrom, joinAll } from './value-algebra.ts';

/** The value of an expression; what happens on the way is recorded. */
export function evaluate(machine: Machine, node: AnyNode, scope: Scope): Value {
  machine.steps += 1;
  if (machine.steps > STEPS_MAX) throw new TooLarge();
  if (!machine.flow.alive) return DATA;
  const value = resultOf(machine, node, scope);
  machine.recorder.value(node, value);
  return value;
}

function resultOf(machine: Machine, node: AnyNode, scope: Scope): Value {
  switch (node.type) {
    case 'Identifier':
      return identifier(node.name, scope);
    case 'Literal':
      return node.regex === undefined ? constant(node.value as string) : DATA;
    case 'TemplateLiteral':
      return template(machine, node, scope);
    case 'ThisExpression':
      return lookUp(scope, THIS) ?? DATA;
    case 'ArrowFunctionExpression':
      return functionValue(node, scope, '(callback)');
    case 'FunctionExpression':
      return functionValue(node, scope, node.id?.name ?? '(callback)');
    case 'ClassExpression':
      return machine.classOf(node, scope, node.id?.name ?? '(class)');
    case 'ObjectExpression':
      return object(machine, node, scope);
    case 'ArrayExpression':
      return array(machine, node, scope);
    case 'MemberExpression':
      return member(machine, node, scope);
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return machine.evaluate(node.expression, scope);
    case 'SequenceExpression':
      return node.expressions.map((each) => machine.evaluate(each, scope)).at(-1) ?? DATA;
    case 'CallExpression':
      return evaluateCall(machine, node, scope);
    case 'NewExpression':
      return evaluateNew(machine, node, scope);
    case 'TaggedTemplateExpression':
      return evaluateTagged(machine, node, scope);
    default:
      return otherResultOf(machine, node, scope);
  }
}

function otherResultOf(machine: Machine, node: AnyNode, scope: Scope): Value {
  switch (node.type) {
    case 'UnaryExpression':
      return evaluateUnary(machine, node, scope);
    case 'BinaryExpression':
      return evaluateBinary(machine, node, scope);
    case 'LogicalExpression':
      return evaluateLogical(machine, node, scope);
    case 'ConditionalExpression':
      return evaluateConditional(machine, node, scope);
    case 'AssignmentExpression':
    case 'UpdateExpression':
      return evaluateAssignment(machine, node, scope);
    case 'AwaitExpression': {
      const value = machine.evaluate(node.argument, scope);
      if (value.kind === 'never') leaveByError(machine);
      return value;
    }
    case 'YieldExpression': {
      const value = node.argument == null ? UNDEFINED : machine.evaluate(node.argument, scope);
      machine.frame.yields.push(node.delegate ? machine.get(value, null, node) : value);
      return DATA;
    }
    case 'ImportExpression': {
      const { source } = node;
      if (source.type !== 'Literal') machine.evaluate(source, scope);
      return source.type === 'Literal' && typeof source.value === 'string'
        ? machine.imported(scope.module, source.value, null)
        : dataFrom('a dynamic import');
    }
    default:
      return DATA;
  }
}

function identifier(name: string, scope: Scope): Value {
  const found = lookUp(scope, name);
  if (found !== null) return found;
  return name === 'undefined' ? UNDEFINED : { kind: 'native', path: name };
}

function template(machine: Machine, node: TemplateLiteral, scope: Scope): Value {
  const values = node.expressions.map((each) => machine.evaluate(each, scope));
  let text = '';
  for (const [index, { value }] of node.quasis.entries()) {
    const next = values[index];
    text += (value.cooked ?? HOLE) + (next === undefined ? '' : (textOf(next) ?? HOLE));
  }
  return text.includes(HOLE) ? { kind: 'text', text } : constant(text);
}

function object(machine: Machine, node: ObjectExpression, scope: Scope): Value {
  const made = emptyObject(machine.loading);
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      spreadInto(made, machine.evaluate(property.argument, scope));
      continue;
    }
    const keys = keysOf(machine, property, scope);
    const [key = null] = keys;
    const value = evaluateNamed(machine, property.value, scope, key ?? '(method)');
    if (key === null || keys.length > 1) made.anyKey.push(value);
    else if (property.kind === 'get') made.getters.set(key, value as FunctionValue);
    else if (property.kind === 'set') made.setters.set(key, value as FunctionValue);
    else made.properties.set(key, value);
  }
  return made;
}

function array(machine: Machine, node: ArrayExpression, scope: Scope): Value {
  const elements: Value[] = [];
  let exact = true;
  for (const element of node.elements) {
    if (element === null) {
      elements.push(UNDEFINED);
    } else if (element.type === 'SpreadElement') {
      const spread = machine.evaluate(element.argument, scope);
      if (spread.kind === 'array') elements.push(...spread.elements);
      else elements.push(machine.get(spread, null, element));
      exact &&= spread.kind === 'array' && spread.exact;
    } else {
      elements.push(machine.evaluate(element, scope));
    }
  }
  const made: ArrayValue = { kind: 'array', elements, exact, shared: machine.loading };
  return made;
}

function member(machine: Machine, node: Extract<AnyNode, { type: 'MemberExpression' }>, scope: Scope): Value {
  if (node.object.type === 'Super') return superMember(machine, node, scope);
  const target = machine.evaluate(node.object, scope);
  if (node.optional && isNullish(target)) return UNDEFINED;
  const values = keysOf(machine, node, scope).map((key) => machine.get(target, key, node));
  const value = joinAll(values);
  // A part of an answer is an answer: `picked.length`.
  return value === DATA && target.kind === 'opaque' ? derivedFrom(target) : value;
}

function superMember(
  machine: Machine,
  node: Extract<AnyNode, { type: 'MemberExpression' }>,
  scope: Scope,
): Value {
  const self = lookUp(scope, THIS) ?? DATA;
  const home = lookUp(scope, 'super') ?? DATA;
  const [key = null] = keysOf(machine, node, scope);
  if (home.kind !== 'class' || key === null) return DATA;
  const found = machine.get(emptyObject(false, home), key, node);
  return found.kind === 'function' ? { ...found, self } : found;
}
