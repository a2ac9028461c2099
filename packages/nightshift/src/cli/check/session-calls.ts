import { callUnknown, handOver } from './escape.ts';
import { callBack, callLater, follow, leaveByError } from './flow.ts';
import type { Call, Machine } from './machine.ts';
import { ANSWERING, DIALOGS, WRITING_BUILDER } from './session-members.ts';
import { excerptOf } from './source-module.ts';
import { effectOf, headOf } from './sql-text.ts';
import { DATA, type DatabaseMember, membersOf, NEVER, textOf, UNDEFINED, type Value } from './value.ts';
import { joinAll, partsOf } from './value-algebra.ts';

const DIALOG_NAMES: ReadonlySet<string> = new Set(DIALOGS);

/** Calls a method of the session. */
export function callSession(machine: Machine, name: string, call: Call): Value {
  if (DIALOG_NAMES.has(name)) return callDialog(machine, name, call);
  const [first = UNDEFINED] = call.list.length === 0 && call.rest !== null ? [call.rest] : call.list;
  switch (name) {
    case 'error':
      leaveByError(machine);
      return NEVER;
    case 'savepoint':
      return callLater(machine, first, { list: [], rest: null, self: UNDEFINED, site: call.site });
    case 'run':
      return follow(machine, membersOf(first), (target) => runCodeunit(machine, target, call));
    default:
      return DATA;
  }
}

function callDialog(machine: Machine, name: string, call: Call): Value {
  const { site } = call;
  machine.recorder.dialog(name, site);
  const isQuestion = name === 'confirm' || (ANSWERING.has(name) && !machine.discarded.has(site));
  if (isQuestion) machine.flow = { ...machine.flow, asked: new Set([...machine.flow.asked, site]) };
  return { kind: 'opaque', origin: null, answers: new Set(isQuestion ? [site] : []), data: !isQuestion };
}

function runCodeunit(machine: Machine, target: Value, call: Call): Value {
  if (target.kind === 'codeunit') {
    const list: Value[] = [{ kind: 'session' }, DATA];
    return machine.call(target.onRun, { list, rest: null, self: target, site: call.site });
  }
  const text = excerptOf(machine.frame.module, call.site);
  machine.recorder.unknown(`which codeunit \`${text}\` runs cannot be told`, call.site);
  return DATA;
}

/** Calls `session.db.query`, or a method of a query builder over the session. */
export function callDatabase(machine: Machine, { builder, name }: DatabaseMember, call: Call): Value {
  const { site } = call;
  if (builder) {
    if (WRITING_BUILDER.test(name)) machine.recorder.write(`${name}(…)`, false, site);
    for (const value of call.list.flatMap((each) => [each, ...partsOf(each)])) {
      const list: Value[] = [{ kind: 'database', builder: true }];
      if (value.kind === 'function') callBack(machine, value, { list, rest: DATA, self: DATA, site });
    }
    return joinAll([{ kind: 'database', builder: true }]);
  }
  if (name !== 'query') return callUnknown(machine, DATA, call);
  const [given = DATA] = call.list;
  for (const each of membersOf(given)) recordStatement(machine, each, call);
  handOver(machine, { ...call, list: call.list.slice(1) }, 'the session is passed to a statement');
  return DATA;
}

function recordStatement(machine: Machine, given: Value, call: Call): void {
  const statement = given.kind === 'object' ? machine.get(given, 'text', call.site) : given;
  for (const each of membersOf(statement)) {
    const text = each.kind === 'constant' && typeof each.value !== 'string' ? null : textOf(each);
    const effect = effectOf(text);
    if (effect === 'read') continue;
    const what =
      effect === 'write' && text !== null ? headOf(text) : excerptOf(machine.frame.module, call.site);
    machine.recorder.write(what, effect === 'unclear', call.site);
  }
}
