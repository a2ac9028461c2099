import type { AnyNode } from 'acorn';
import { callValue } from './calls.ts';
import { classValue } from './classes.ts';
import { evaluate } from './expressions.ts';
import { NOWHERE, START } from './flow.ts';
import { callFunction } from './functions.ts';
import {
  type DeclaredCodeunit,
  type Frame,
  type Machine,
  type Recorder,
  TooLarge,
  type World,
} from './machine.ts';
import { getProperty, setProperty } from './members.ts';
import type { ModuleGraph } from './module-graph.ts';
import { modulesOf } from './modules.ts';
import { bindPattern } from './patterns.ts';
import { execute, executeAll } from './statements.ts';
import { DATA, SESSION, UNDEFINED, type Value } from './value.ts';

/** The application as its modules make it, before anything runs. */
export interface LoadedApplication {
  readonly machine: Machine;
  /** The default export; null: there is none. */
  readonly application: Value | null;
}

/** Hears nothing: for the time in which modules are loaded. */
const DEAF: Recorder = Object.freeze({
  dialog: () => undefined,
  write: () => undefined,
  unknown: () => undefined,
  value: () => undefined,
  branch: () => undefined,
});

/** Loads the modules of an application, without a session. `assigned`: what an earlier pass learned. */
export function loadApplicationModules(
  graph: ModuleGraph,
  world: World,
  assigned: Map<AnyNode, Value> = new Map(),
): LoadedApplication {
  const modules = modulesOf(graph);
  const machine: Machine = {
    graph,
    world,
    recorder: DEAF,
    codeunits: [],
    assigned,
    discarded: new WeakSet(),
    callCounts: new Map(),
    flow: START,
    frame: rootFrame(graph),
    loading: true,
    changed: false,
    cutOff: false,
    steps: 0,
    evaluate: (node, scope) => evaluate(machine, node, scope),
    execute: (node, scope) => execute(machine, node, scope),
    executeAll: (nodes, scope) => executeAll(machine, nodes, scope),
    call: (callee, call) => callValue(machine, callee, call),
    get: (target, key, site) => getProperty(machine, target, key, site),
    set: (target, key, value, site) => setProperty(machine, target, { key, value, site }),
    callFunction: (target, call) => callFunction(machine, target, call),
    classOf: (node, scope, name) =>
      classValue(machine, node as Parameters<typeof classValue>[1], scope, name),
    bind: (pattern, value, scope, declare) => bindPattern(machine, pattern, value, { scope, declare }),
    imported: (module, specifier, name) => modules.imported(module, specifier, name),
  };
  modules.load(machine);
  machine.loading = false;
  return { machine, application: modules.exportOf(graph.entry, 'default') };
}

/** Runs `onRun` of a codeunit with a session and a record of which nothing is known. */
export function runCodeunit(machine: Machine, codeunit: DeclaredCodeunit, recorder: Recorder): void {
  machine.recorder = recorder;
  machine.steps = 0;
  machine.changed = false;
  machine.cutOff = false;
  const site = machine.graph.entry.program;
  const self = codeunit.definition;
  try {
    machine.call(codeunit.onRun, { list: [SESSION, DATA], rest: null, self, site });
  } catch (error) {
    // A stack overflow of ours: code that is nested too deep.
    if (!(error instanceof TooLarge) && !(error instanceof RangeError)) throw error;
    machine.cutOff = true;
  }
}

function rootFrame(graph: ModuleGraph): Frame {
  return {
    parent: null,
    module: graph.entry,
    name: '',
    node: null,
    site: null,
    key: '',
    depth: 0,
    breakables: [],
    yields: [],
    returned: UNDEFINED,
    left: NOWHERE,
    exits: 0,
  };
}
