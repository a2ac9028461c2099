import type { ObjectType } from '../../permissions/index.ts';
import { handOver } from './escape.ts';
import type { Call, Machine } from './machine.ts';
import { READING_VERB } from './session-members.ts';
import { placeOf } from './source-module.ts';
import { DATA, dataFrom, textOf, UNDEFINED, type Value } from './value.ts';
import { carriesSession } from './value-algebra.ts';

const BUILDERS = new Set(['kyselyFor', 'drizzleFor']);
const DECLARATIONS = new Set(['codeunit', 'backgroundTask', 'report']);

/** Calls what the package `nightshift` exports. A verb that takes the session counts as a write, unless it only reads. */
export function callPlatform(machine: Machine, path: string, call: Call): Value {
  const [first = UNDEFINED] = call.list;
  if (DECLARATIONS.has(path)) {
    return declareCodeunit(machine, path === 'report' ? 'report' : 'codeunit', first, call);
  }
  if (path === 'defineApp') {
    const codeunits = machine.get(first, 'codeunits', call.site);
    return { kind: 'application', codeunits, reports: machine.get(first, 'reports', call.site) };
  }
  if (BUILDERS.has(path)) return { kind: 'database', builder: true };
  if (path.startsWith('session.log.')) return DATA;
  if (call.list.some((value) => carriesSession(value)) && !READING_VERB.test(path))
    machine.recorder.write(`${path}(…)`, false, call.site);
  handOver(machine, call, null);
  return DATA;
}

function declareCodeunit(machine: Machine, objectType: ObjectType, definition: Value, { site }: Call): Value {
  const { module } = machine.frame;
  const name = textOf(machine.get(definition, 'name', site)) ?? '(a name that is made at run time)';
  const followed = definition.kind === 'object';
  const onRun = followed ? machine.get(definition, 'onRun', site) : dataFrom('its definition');
  machine.codeunits.push({ objectType, name, place: placeOf(module, site), onRun, definition });
  return { kind: 'codeunit', name, onRun, definition };
}
