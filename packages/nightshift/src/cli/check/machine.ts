import type { AnyNode, Statement } from 'acorn';
import type { ObjectType } from '../../permissions/index.ts';
import type { ModuleGraph } from './module-graph.ts';
import type { Place, SourceModule } from './source-module.ts';
import type { ClassValue, FunctionValue, Scope, Value } from './value.ts';

/** What `session.guiAllowed` is: false in the background, true in the foreground. */
export type World = 'background' | 'foreground';

/** How the run goes on at a point of the code. */
export interface Flow {
  /** Whether the point can be reached. */
  readonly alive: boolean;
  /** The questions that may have been asked on the way: calls of dialogs. */
  readonly asked: ReadonlySet<AnyNode>;
}

/** A loop, a switch or a labelled statement that is under way. */
export interface Breakable {
  readonly labels: readonly string[];
  readonly loop: boolean;
  broken: Flow;
  continued: Flow;
}

/** A call that is under way. */
export interface Frame {
  readonly parent: Frame | null;
  readonly module: SourceModule;
  /** The function's name, for people. */
  readonly name: string;
  /** The function; null for a module. */
  readonly node: AnyNode | null;
  /** Where the parent called it. */
  readonly site: AnyNode | null;
  /** Tells the way of calls up to here. */
  readonly key: string;
  readonly depth: number;
  readonly breakables: Breakable[];
  readonly yields: Value[];
  returned: Value | null;
  /** The flow of all ways out by `return`. */
  left: Flow;
  /** How many ways out there were so far, by `return`, `throw`, `break` or `continue`. */
  exits: number;
}

/** The arguments of a call. */
export interface Call {
  readonly list: readonly Value[];
  /** What may come behind the list, from a spread; null: nothing. */
  readonly rest: Value | null;
  readonly self: Value;
  readonly site: AnyNode;
}

/** A codeunit, or a report, that was declared while the modules were loaded. */
export interface DeclaredCodeunit {
  readonly objectType: ObjectType;
  readonly name: string;
  readonly place: Place;
  readonly onRun: Value;
  readonly definition: Value;
}

/** What a run of the machine tells. */
export interface Recorder {
  dialog(name: string, site: AnyNode): void;
  write(what: string, possible: boolean, site: AnyNode): void;
  unknown(message: string, site: AnyNode): void;
  /** A value came out of an expression. */
  value(node: AnyNode, value: Value): void;
  /** An `if` took one branch, because `guiAllowed` and constants left no other. */
  branch(node: AnyNode, askedInside: ReadonlySet<AnyNode>, decides: boolean): void;
}

/**
 * Follows the code of an application as a run would, with values of which only some are known: where a condition is
 * open, both ways are followed. The parts of the machine call each other through this.
 */
export interface Machine {
  readonly graph: ModuleGraph;
  readonly world: World;
  recorder: Recorder;
  readonly codeunits: DeclaredCodeunit[];
  /** What variables were assigned besides their first value, by their declaration. */
  readonly assigned: Map<AnyNode, Value>;
  /** Dialogs whose answer nobody looks at. */
  readonly discarded: WeakSet<AnyNode>;
  readonly callCounts: Map<string, { count: number; result: Value; flow: Flow }>;
  flow: Flow;
  frame: Frame;
  /** Modules are being loaded: what is made now is shared by all sessions. */
  loading: boolean;
  /** Something was assigned that earlier reads did not see; the run has to be made again. */
  changed: boolean;
  /** Something was too deep or too large to be followed. */
  cutOff: boolean;
  steps: number;
  evaluate(node: AnyNode, scope: Scope): Value;
  execute(node: Statement, scope: Scope): void;
  executeAll(nodes: readonly Statement[], scope: Scope): void;
  call(callee: Value, call: Call): Value;
  /** `key` null: any of its properties. */
  get(target: Value, key: string | null, site: AnyNode): Value;
  set(target: Value, key: string | null, value: Value, site: AnyNode): void;
  callFunction(target: FunctionValue, call: Call): Value;
  classOf(node: AnyNode, scope: Scope, name: string): ClassValue;
  /** Binds what a pattern names. */
  bind(pattern: AnyNode, value: Value, scope: Scope, declare: Declare): void;
  /** Reads what `specifier` exports under `name` in a module; null name: all of it. */
  imported(module: SourceModule, specifier: string, name: string | null): Value;
}

/** How a pattern sets a name: declares it, or assigns to a variable that exists. */
export type Declare = (name: string, value: Value, node: AnyNode) => void;

/** More steps than this are not followed in one run. */
export const STEPS_MAX = 500_000;

/** Ends a run that has made all its steps. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}
