import type { AnyNode } from 'acorn';
import type { Call, Flow, Machine } from './machine.ts';
import { DATA, NEVER, type Value } from './value.ts';
import { join } from './value-algebra.ts';

/** No way leads here. */
export const NOWHERE: Flow = Object.freeze({ alive: false, asked: new Set<AnyNode>() });
/** The beginning of a run. */
export const START: Flow = Object.freeze({ alive: true, asked: new Set<AnyNode>() });

/** The flow where two ways meet. */
export function meet(one: Flow, other: Flow): Flow {
  if (!one.alive) return other;
  if (!other.alive || one === other) return one;
  if (other.asked.size === 0) return one;
  if (one.asked.size === 0) return other;
  return { alive: true, asked: new Set([...one.asked, ...other.asked]) };
}

/** Ends the way that is being followed: `return`, `throw`, `break`. */
export function leave(machine: Machine): void {
  machine.frame.exits += 1;
  machine.flow = NOWHERE;
}

/** As `leave`, by an error: the callers may end here too. */
export function leaveByError(machine: Machine): void {
  for (let frame = machine.frame.parent; frame !== null; frame = frame.parent) frame.exits += 1;
  leave(machine);
}

/** Follows several alternatives, each from here; the ways meet behind them. */
export function follow<T>(machine: Machine, alternatives: readonly T[], each: (one: T) => Value): Value {
  const before = machine.flow;
  let after = NOWHERE;
  let result: Value | null = null;
  for (const alternative of alternatives) {
    machine.flow = before;
    const value = each(alternative);
    if (machine.flow.alive) result = result === null ? value : join(result, value);
    after = meet(after, machine.flow);
  }
  machine.flow = after;
  return result ?? DATA;
}

/**
 * Calls something that others call back, once, often or not at all. What it throws ends up with them.
 * @returns what it returned; never when it always throws
 */
export function callBack(machine: Machine, callee: Value, call: Call): Value {
  const before = machine.flow;
  const value = machine.call(callee, call);
  const returned = machine.flow.alive;
  machine.flow = meet(before, machine.flow);
  return returned ? value : NEVER;
}

/** As `callBack`, for what is certainly called: the handler of a promise. */
export function callLater(machine: Machine, callee: Value, call: Call): Value {
  const before = machine.flow;
  const value = machine.call(callee, call);
  if (machine.flow.alive) return value;
  machine.flow = before;
  return NEVER;
}
