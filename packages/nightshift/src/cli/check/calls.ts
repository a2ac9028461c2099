import type { AnyNode, CallExpression, NewExpression, SpreadElement, TaggedTemplateExpression } from 'acorn';
import { callMember } from './call-member.ts';
import { construct, constructParent } from './classes.ts';
import { callUnknown } from './escape.ts';
import { follow } from './flow.ts';
import type { Call, Machine } from './machine.ts';
import { callNative } from './natives.ts';
import { keysOf } from './patterns.ts';
import { callPlatform } from './platform-calls.ts';
import { lookUp, THIS } from './scope.ts';
import { callDatabase, callSession } from './session-calls.ts';
import { DATA, isNullish, type Scope, UNDEFINED, type Value } from './value.ts';
import { join } from './value-algebra.ts';

/** `f(…)`, `x.f(…)`, `super(…)`, also with `?.`. */
export function evaluateCall(machine: Machine, node: CallExpression, scope: Scope): Value {
  const { callee } = node;
  if (callee.type === 'Super') return constructParent(machine, argumentsOf(machine, node, scope), scope);
  const target = callee.type === 'ChainExpression' ? callee.expression : callee;
  if (target.type !== 'MemberExpression' || target.object.type === 'Super') {
    const value = machine.evaluate(target, scope);
    if (node.optional && isNullish(value)) return UNDEFINED;
    const call = argumentsOf(machine, node, scope);
    if (!machine.flow.alive) return DATA;
    const self = target.type === 'MemberExpression' ? (lookUp(scope, THIS) ?? DATA) : UNDEFINED;
    return machine.call(value, { ...call, self });
  }
  const receiver = machine.evaluate(target.object, scope);
  if (target.optional && isNullish(receiver)) return UNDEFINED;
  const keys = keysOf(machine, target, scope);
  const call = argumentsOf(machine, node, scope);
  if (!machine.flow.alive) return DATA;
  const optional = node.optional;
  return follow(machine, keys, (key) => callMember(machine, receiver, { key, call, node: target, optional }));
}

/** `new X(…)`. */
export function evaluateNew(machine: Machine, node: NewExpression, scope: Scope): Value {
  const target = machine.evaluate(node.callee, scope);
  const call = argumentsOf(machine, node, scope);
  if (!machine.flow.alive) return DATA;
  return construct(machine, target, call);
}

/** A tagged template is a call of its tag. */
export function evaluateTagged(machine: Machine, node: TaggedTemplateExpression, scope: Scope): Value {
  const tag = machine.evaluate(node.tag, scope);
  const list = node.quasi.expressions.map((each) => machine.evaluate(each, scope));
  if (!machine.flow.alive) return DATA;
  return machine.call(tag, { list: [DATA, ...list], rest: null, self: UNDEFINED, site: node });
}

/** Calls a value, whatever it is. */
export function callValue(machine: Machine, callee: Value, call: Call): Value {
  switch (callee.kind) {
    case 'function':
      return machine.callFunction(callee, call);
    case 'member':
      return callSession(machine, callee.name, call);
    case 'database-member':
      return callDatabase(machine, callee, call);
    case 'platform':
      return callPlatform(machine, callee.path, call);
    case 'native':
      return callNative(machine, callee.path, call);
    case 'union':
      return follow(
        machine,
        callee.of.filter((each) => !isNullish(each)),
        (each) => callValue(machine, each, call),
      );
    default:
      return callUnknown(machine, callee, call);
  }
}

function argumentsOf(machine: Machine, node: CallExpression | NewExpression, scope: Scope): Call {
  const list: Value[] = [];
  let rest: Value | null = null;
  for (const argument of node.arguments) {
    const value = argumentOf(machine, argument, scope);
    if (argument.type !== 'SpreadElement' && rest === null) list.push(value);
    else if (argument.type === 'SpreadElement' && value.kind === 'array' && value.exact && rest === null)
      list.push(...value.elements);
    else {
      // Behind a spread of unknown length every later argument may stand in any place.
      const each = argument.type === 'SpreadElement' ? machine.get(value, null, argument) : value;
      rest = rest === null ? each : join(rest, each);
    }
  }
  return { list, rest, self: UNDEFINED, site: node };
}

function argumentOf(machine: Machine, argument: AnyNode | SpreadElement, scope: Scope): Value {
  return machine.evaluate(argument.type === 'SpreadElement' ? argument.argument : argument, scope);
}
