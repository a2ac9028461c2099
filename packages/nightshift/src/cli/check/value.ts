import type { AnyNode, Class, Function as FunctionNode } from 'acorn';
import type { SourceModule } from './source-module.ts';

/** Data that the check does not follow: records, rows, what packages return. */
export interface Opaque {
  readonly kind: 'opaque';
  /** Where it comes from, for messages: `the package "x"`. Null: nothing worth saying. */
  readonly origin: string | null;
  /** The questions whose answers it depends on: the calls of dialogs. */
  readonly answers: ReadonlySet<AnyNode>;
  /** Whether anything but answers and constants is in it. */
  readonly data: boolean;
}

/** A value that is known exactly. */
export interface Constant {
  readonly kind: 'constant';
  readonly value: string | number | bigint | boolean | null | undefined;
}

/** A text of which parts are known; `HOLE` stands for each part that is not. */
export interface Text {
  readonly kind: 'text';
  readonly text: string;
}

/** A method of the session, also when it was taken out of it. */
export interface SessionMember {
  readonly kind: 'member';
  readonly name: string;
}

/** `session.db`, or a query builder over the session (`builder`). */
export interface DatabaseValue {
  readonly kind: 'database';
  readonly builder: boolean;
}

/** A method of a database. */
export interface DatabaseMember {
  readonly kind: 'database-member';
  readonly builder: boolean;
  readonly name: string;
}

/** Something that the package `nightshift` exports, by its path: `taskScheduler.createTask`. */
export interface PlatformValue {
  readonly kind: 'platform';
  readonly path: string;
}

/** Something that the language or Node provides as a global: `Promise.all`. */
export interface NativeValue {
  readonly kind: 'native';
  readonly path: string;
}

/** A function of the application, with the scope it closes over. */
export interface FunctionValue {
  readonly kind: 'function';
  readonly node: FunctionNode;
  readonly scope: Scope;
  readonly name: string;
  /** What `this` was bound to; null: by the call. */
  readonly self: Value | null;
  /** The class it is a method of, for `super`; null: none. */
  readonly home: ClassValue | null;
}

/** An object whose making was seen. */
export interface ObjectValue {
  readonly kind: 'object';
  readonly properties: Map<string, Value>;
  readonly getters: Map<string, FunctionValue>;
  readonly setters: Map<string, FunctionValue>;
  /** What was spread into it and is not an object whose making was seen. */
  readonly spreads: Value[];
  /** What it holds under keys that are not known. */
  readonly anyKey: Value[];
  readonly madeBy: ClassValue | null;
  /** Made while modules were loaded, so all sessions share it. */
  readonly shared: boolean;
}

/** An array whose making was seen. */
export interface ArrayValue {
  readonly kind: 'array';
  readonly elements: Value[];
  /** Whether the places of the elements are known. */
  readonly exact: boolean;
  readonly shared: boolean;
}

/** A class of the application. */
export interface ClassValue {
  readonly kind: 'class';
  readonly node: Class;
  readonly scope: Scope;
  readonly name: string;
  readonly parent: Value | null;
  readonly statics: Map<string, Value>;
}

/** What `codeunit()`, or `report()`, returned. */
export interface CodeunitValue {
  readonly kind: 'codeunit';
  readonly name: string;
  readonly onRun: Value;
  readonly definition: Value;
}

/** What `defineApp()` returned. */
export interface ApplicationValue {
  readonly kind: 'application';
  readonly codeunits: Value;
  readonly reports: Value;
}

/** `import * as x` of a module of the application. */
export interface NamespaceValue {
  readonly kind: 'namespace';
  exportOf(name: string): Value;
  names(): readonly string[];
}

/** One of several values. */
export interface UnionValue {
  readonly kind: 'union';
  readonly of: readonly Value[];
}

/** What the check knows of a value at run time. `never`: the promise of an async function that always throws. */
export type Value =
  | Opaque
  | Constant
  | Text
  | { readonly kind: 'session' }
  | SessionMember
  | DatabaseValue
  | DatabaseMember
  | PlatformValue
  | NativeValue
  | FunctionValue
  | ObjectValue
  | ArrayValue
  | ClassValue
  | CodeunitValue
  | ApplicationValue
  | NamespaceValue
  | UnionValue
  | { readonly kind: 'never' };

/** A variable. */
export interface Cell {
  value: Value;
  /** Where it is declared. */
  readonly node: AnyNode | null;
  /** For an import: reads the other module's export, which may be set later. */
  readonly alias: (() => Value) | null;
}

/** The variables of a block, a function or a module. */
export interface Scope {
  readonly variables: Map<string, Cell>;
  readonly parent: Scope | null;
  readonly module: SourceModule;
  /** Whether `var` belongs here. */
  readonly ofFunction: boolean;
}

/** Stands in a text for a part that is not known. */
export const HOLE = '\uFFFC';

const NO_ANSWERS: ReadonlySet<AnyNode> = new Set();

/** Data of which nothing is known. */
export const DATA: Opaque = Object.freeze({ kind: 'opaque', origin: null, answers: NO_ANSWERS, data: true });
/** The constant `undefined`. */
export const UNDEFINED: Constant = Object.freeze({ kind: 'constant', value: undefined });
/** The session. All sessions are alike to the check. */
export const SESSION: Value = Object.freeze({ kind: 'session' });
/** See `Value`. */
export const NEVER: Value = Object.freeze({ kind: 'never' });

/** A new object without properties. */
export function emptyObject(shared: boolean, madeBy: ClassValue | null = null): ObjectValue {
  return {
    kind: 'object',
    properties: new Map(),
    getters: new Map(),
    setters: new Map(),
    spreads: [],
    anyKey: [],
    madeBy,
    shared,
  };
}

/** Data with a word on where they come from. */
export function dataFrom(origin: string): Opaque {
  return { ...DATA, origin };
}

/** A constant. */
export function constant(value: Constant['value']): Constant {
  return { kind: 'constant', value };
}

/** Whether it is certainly `null` or `undefined`. */
export function isNullish(value: Value): boolean {
  return value.kind === 'constant' && (value.value === null || value.value === undefined);
}

/** The members of a union, or the value alone. */
export function membersOf(value: Value): readonly Value[] {
  return value.kind === 'union' ? value.of : [value];
}

/** The text of a value that is one, with `HOLE` for unknown parts; null when it is not known to be a text. */
export function textOf(value: Value): string | null {
  if (value.kind === 'text') return value.text;
  return value.kind === 'constant' ? String(value.value) : null;
}
