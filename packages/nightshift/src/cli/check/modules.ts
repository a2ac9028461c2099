import type { ImportDeclaration, ModuleDeclaration, Pattern, Program, Statement } from 'acorn';
import { functionValue, isFunctionNode } from './function-value.ts';
import { type Machine, TooLarge } from './machine.ts';
import { evaluateNamed } from './naming.ts';
import { DEFAULT_EXPORT, define, lookUp, moduleScope } from './scope.ts';
import type { SourceModule } from './source-module.ts';
import { DATA, dataFrom, type NamespaceValue, type Scope, UNDEFINED, type Value } from './value.ts';
import { join, joinAll } from './value-algebra.ts';

/** The modules of one run, with what they hold. */
export interface LoadedModules {
  /** What a module exports under a name; `default` for its default export. Null: nothing by that name. */
  exportOf(module: SourceModule, name: string): Value | null;
  /** See `Machine.imported`. */
  imported(module: SourceModule, specifier: string, name: string | null): Value;
  /** Runs the top level of all modules, imported ones first, as the language does. */
  load(machine: Machine): void;
}

type TopLevel = Statement | ModuleDeclaration;

/** The modules of a graph, not yet run. */
export function modulesOf(graph: Machine['graph']): LoadedModules {
  const scopes = new Map<SourceModule, Scope>();
  for (const module of graph.modules) scopes.set(module, moduleScope(module));
  const scopeOf = (module: SourceModule): Scope => scopes.get(module) ?? moduleScope(module);

  const exportOf = (module: SourceModule, name: string, seen = new Set<string>()): Value | null => {
    const mark = `${module.path}\n${name}`;
    if (seen.has(mark)) return null;
    seen.add(mark);
    const found: Value[] = [];
    for (const node of module.program.body) {
      const value = exportedBy(node, name, {
        own: (local) => lookUp(scopeOf(module), local) ?? UNDEFINED,
        other: (specifier, wanted) => imported(module, specifier, wanted, seen),
      });
      if (value !== null) found.push(value);
    }
    return found.length === 0 ? null : joinAll(found);
  };

  const imported = (
    module: SourceModule,
    specifier: string,
    name: string | null,
    seen?: Set<string>,
  ): Value | null => {
    const target = graph.resolve(module, specifier);
    if (target.kind === 'platform') return { kind: 'platform', path: name ?? '' };
    if (target.kind === 'package') return dataFrom(packageText(target.name));
    if (target.kind === 'data') return DATA;
    return name === null ? namespaceOf(target.module) : exportOf(target.module, name, seen);
  };

  const namespaceOf = (module: SourceModule): NamespaceValue => ({
    kind: 'namespace',
    exportOf: (name) => exportOf(module, name) ?? UNDEFINED,
    names: () => exportedNames(module.program),
  });

  const importedOrData = (module: SourceModule, specifier: string, name: string | null): Value =>
    imported(module, specifier, name) ?? DATA;

  return {
    exportOf,
    imported: importedOrData,
    load(machine) {
      for (const module of graph.modules) link(module, scopeOf(module), importedOrData);
      const done = new Set<SourceModule>();
      const visit = (module: SourceModule): void => {
        if (done.has(module)) return;
        done.add(module);
        for (const specifier of sourcesOf(module.program)) {
          const target = graph.resolve(module, specifier);
          if (target.kind === 'module') visit(target.module);
        }
        runTopLevel(machine, module, scopeOf(module));
      };
      for (const module of graph.modules) visit(module);
      for (const module of graph.modules) loosen(module, scopeOf(module));
    },
  };
}

function link(module: SourceModule, scope: Scope, imported: LoadedModules['imported']): void {
  for (const node of module.program.body) {
    if (node.type === 'ImportDeclaration') linkImport(module, node, scope, imported);
    const declared = declarationOf(node);
    if (declared?.type !== 'FunctionDeclaration') continue;
    const name = declared.id?.name ?? DEFAULT_EXPORT;
    const value = functionValue(declared, scope, declared.id?.name ?? 'default');
    define(scope, name, value, declared.id ?? null);
    if (node.type === 'ExportDefaultDeclaration') define(scope, DEFAULT_EXPORT, value);
  }
}

function linkImport(
  module: SourceModule,
  node: ImportDeclaration,
  scope: Scope,
  imported: LoadedModules['imported'],
): void {
  const from = String(node.source.value);
  for (const specifier of node.specifiers) {
    const name =
      specifier.type === 'ImportNamespaceSpecifier'
        ? null
        : specifier.type === 'ImportDefaultSpecifier'
          ? 'default'
          : nameOf(specifier.imported);
    scope.variables.set(specifier.local.name, {
      value: DATA,
      node: null,
      alias: () => imported(module, from, name),
    });
  }
}

function runTopLevel(machine: Machine, module: SourceModule, scope: Scope): void {
  const { frame } = machine;
  machine.frame = { ...frame, module };
  for (const node of module.program.body) {
    try {
      runTopStatement(machine, node, scope);
    } catch (error) {
      // Too deep or too large; what it declares stays unknown.
      if (!(error instanceof RangeError) && !(error instanceof TooLarge)) throw error;
      machine.steps = 0;
      machine.cutOff = true;
      machine.frame = { ...frame, module };
    }
  }
  machine.frame = frame;
}

function runTopStatement(machine: Machine, node: TopLevel, scope: Scope): void {
  // Whatever a module does while it is loaded, what it declares is looked at.
  const { flow } = machine;
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'FunctionDeclaration':
      break;
    case 'ExportNamedDeclaration':
      if (node.declaration != null && node.declaration.type !== 'FunctionDeclaration')
        machine.execute(node.declaration, scope);
      break;
    case 'ExportDefaultDeclaration': {
      const { declaration } = node;
      if (isFunctionNode(declaration) && declaration.type === 'FunctionDeclaration') break;
      const value =
        declaration.type === 'ClassDeclaration'
          ? machine.classOf(declaration, scope, declaration.id?.name ?? 'default')
          : evaluateNamed(machine, declaration, scope, 'default');
      define(scope, DEFAULT_EXPORT, value);
      if (declaration.type === 'ClassDeclaration' && declaration.id != null)
        define(scope, declaration.id.name, value);
      break;
    }
    default:
      machine.execute(node, scope);
  }
  machine.flow = flow;
}

/** A variable that some function assigns anew may hold anything by the time a session runs. */
function loosen({ mutations }: SourceModule, scope: Scope): void {
  for (const [name, cell] of scope.variables) {
    if (cell.alias === null && mutations.variables.has(name)) cell.value = join(cell.value, DATA);
  }
}

function declarationOf(node: TopLevel) {
  if (node.type === 'ExportNamedDeclaration') return node.declaration ?? null;
  return node.type === 'ExportDefaultDeclaration' ? node.declaration : node;
}

function exportedBy(
  node: TopLevel,
  name: string,
  read: {
    own(local: string): Value;
    other(specifier: string, name: string | null): Value | null;
  },
): Value | null {
  if (node.type === 'ExportDefaultDeclaration') return name === 'default' ? read.own(DEFAULT_EXPORT) : null;
  if (node.type === 'ExportAllDeclaration') {
    const from = String(node.source.value);
    if (node.exported != null) return nameOf(node.exported) === name ? read.other(from, null) : null;
    const found = name === 'default' ? null : read.other(from, name);
    return found;
  }
  if (node.type !== 'ExportNamedDeclaration') return null;
  if (node.declaration != null) return declaredNames(node.declaration).includes(name) ? read.own(name) : null;
  const specifier = node.specifiers.find(({ exported }) => nameOf(exported) === name);
  if (specifier === undefined) return null;
  const local = nameOf(specifier.local);
  return node.source == null ? read.own(local) : read.other(String(node.source.value), local);
}

function exportedNames(program: Program): readonly string[] {
  return program.body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration') return [];
    if (node.declaration != null) return declaredNames(node.declaration);
    return node.specifiers.map(({ exported }) => nameOf(exported));
  });
}

function sourcesOf(program: Program): readonly string[] {
  return program.body.flatMap((node) =>
    'source' in node && node.source != null ? [String(node.source.value)] : [],
  );
}

function declaredNames(node: Statement): readonly string[] {
  if (node.type === 'VariableDeclaration') return node.declarations.flatMap(({ id }) => namesIn(id));
  return node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration' ? [node.id.name] : [];
}

function namesIn(pattern: Pattern): readonly string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((part) =>
        namesIn(part.type === 'RestElement' ? part.argument : part.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((part) => (part === null ? [] : namesIn(part)));
    case 'RestElement':
      return namesIn(pattern.argument);
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    default:
      return [];
  }
}

function nameOf(node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string {
  return node.name ?? String(node.value);
}

function packageText(name: string): string {
  return name.startsWith('node:') ? `Node's module "${name}"` : `the package "${name}"`;
}
