import type { AnyNode, Statement } from 'acorn';
import { meet, NOWHERE } from './flow.ts';
import type { Breakable, Machine } from './machine.ts';
import { assignIn, declareIn } from './patterns.ts';
import { scopeIn } from './scope.ts';
import { DATA, membersOf, type Scope, type Value } from './value.ts';
import { joinAll, truthOf } from './value-algebra.ts';

interface Loop {
  readonly labels: readonly string[];
  /** Whether it goes through the body at least once. */
  readonly once: boolean;
  /** Runs test and body; answers whether the test can fail. */
  turn(): boolean;
}

/** Executes a loop: its body once, and once more when it asked a question that may then stand before its writes. */
export function executeLoop(
  machine: Machine,
  node: Statement,
  scope: Scope,
  labels: readonly string[],
): void {
  const inside = scopeIn(scope);
  const body = (statement: Statement) => machine.execute(statement, inside);
  const holds = (test: Parameters<Machine['evaluate']>[0] | null | undefined) =>
    test == null ? true : truthOf(machine.evaluate(test, inside));
  switch (node.type) {
    case 'ForStatement':
      if (node.init?.type === 'VariableDeclaration') machine.execute(node.init, inside);
      else if (node.init != null) machine.evaluate(node.init, inside);
      runLoop(machine, {
        labels,
        once: false,
        turn: () =>
          turn(machine, holds(node.test), () => {
            body(node.body);
            if (node.update != null) machine.evaluate(node.update, inside);
          }),
      });
      return;
    case 'WhileStatement':
      runLoop(machine, {
        labels,
        once: false,
        turn: () => turn(machine, holds(node.test), () => body(node.body)),
      });
      return;
    case 'DoWhileStatement':
      runLoop(machine, {
        labels,
        once: true,
        turn: () => {
          body(node.body);
          return machine.flow.alive ? holds(node.test) !== true : false;
        },
      });
      return;
    case 'ForOfStatement':
    case 'ForInStatement': {
      const over = machine.evaluate(node.right, inside);
      const element = node.type === 'ForInStatement' ? DATA : elementOf(machine, over, node.right);
      runLoop(machine, {
        labels,
        once: false,
        turn: () => {
          bindEach(machine, node.left, element, inside);
          body(node.body);
          return true;
        },
      });
      return;
    }
    default:
  }
}

/** What an iteration yields: elements, or what the iterator of an object does. */
function elementOf(machine: Machine, over: Value, site: AnyNode): Value {
  const elements = membersOf(over).map((each) => {
    if (each.kind !== 'object') return machine.get(each, null, site);
    const iterators = ['@asyncIterator', '@iterator'].map((key) => machine.get(each, key, site));
    const iterator = iterators.find((value) => value.kind === 'function');
    if (iterator === undefined) return DATA;
    const iterated = machine.call(iterator, { list: [], rest: null, self: each, site });
    return machine.get(iterated, null, site);
  });
  return joinAll(elements);
}

function bindEach(
  machine: Machine,
  left: Extract<Statement, { readonly type: 'ForOfStatement' }>['left'],
  element: Value,
  scope: Scope,
): void {
  if (left.type !== 'VariableDeclaration') {
    machine.bind(left, element, scope, assignIn(machine, scope));
    return;
  }
  const [declarator] = left.declarations;
  if (declarator !== undefined)
    machine.bind(declarator.id, element, scope, declareIn(machine, scope, left.kind));
}

function turn(machine: Machine, truth: boolean | null, work: () => void): boolean {
  if (truth !== false) {
    work();
    return truth === null;
  }
  machine.flow = NOWHERE;
  return true;
}

function runLoop(machine: Machine, loop: Loop): void {
  const place: Breakable = { labels: loop.labels, loop: true, broken: NOWHERE, continued: NOWHERE };
  const { breakables } = machine.frame;
  const before = machine.flow;
  breakables.push(place);
  const mayEnd = loop.turn();
  let after = meet(machine.flow, place.continued);
  if (after.alive && after.asked.size > before.asked.size) {
    machine.flow = after;
    loop.turn();
    after = meet(after, meet(machine.flow, place.continued));
  }
  breakables.pop();
  const normal = mayEnd ? meet(loop.once ? NOWHERE : before, after) : NOWHERE;
  machine.flow = meet(normal, place.broken);
}
