import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyNode } from 'acorn';
import { simple } from 'acorn-walk';
import { invalidModule, placeOf, readSourceModule, type SourceModule } from './source-module.ts';

/** What an import leads to. */
export type Target =
  | { readonly kind: 'module'; readonly module: SourceModule }
  /** The package `nightshift`. */
  | { readonly kind: 'platform' }
  | { readonly kind: 'package'; readonly name: string }
  /** JSON and other files that are no code. */
  | { readonly kind: 'data' };

/** The application's modules. */
export interface ModuleGraph {
  readonly entry: SourceModule;
  /** In the order in which they were found. */
  readonly modules: readonly SourceModule[];
  /** Properties that are assigned anywhere, by name. */
  readonly mutableProperties: ReadonlySet<string>;
  /** What `specifier` means in `module`. */
  resolve(module: SourceModule, specifier: string): Target;
}

interface Request {
  readonly specifier: string;
  readonly node: AnyNode;
  /** `import()`: it may never be run, so a missing file is no mistake yet. */
  readonly dynamic: boolean;
}

const CODE = /\.[mc]?[jt]sx?$/;
/** What stands in an import, and which files may be meant, as compilers and bundlers understand it. */
const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js'] as const;

/**
 * Reads a module and everything that it imports by path. Packages are not entered.
 * @throws NightshiftError APPLICATION_INVALID for a file that is missing or cannot be parsed, with file and line
 */
export function readModuleGraph(file: string): ModuleGraph {
  const modules = new Map<string, SourceModule>();
  const targets = new Map<SourceModule, Map<string, Target>>();
  const entry = readSourceModule(file);
  modules.set(file, entry);
  for (const module of modules.values()) {
    const known = new Map<string, Target>();
    targets.set(module, known);
    for (const request of requestsOf(module)) {
      const target = targetOf(module, request, modules);
      if (target !== null) known.set(request.specifier, target);
    }
  }
  return {
    entry,
    modules: [...modules.values()],
    mutableProperties: new Set([...modules.values()].flatMap(({ mutations }) => [...mutations.properties])),
    resolve: (module, specifier) =>
      targets.get(module)?.get(specifier) ?? { kind: 'package', name: specifier },
  };
}

function requestsOf({ path: file, program }: SourceModule): readonly Request[] {
  const requests: Request[] = [];
  const add = (source: AnyNode | null | undefined, dynamic: boolean) => {
    if (source?.type === 'Literal' && typeof source.value === 'string')
      requests.push({ specifier: source.value, node: source, dynamic });
  };
  try {
    simple(program, {
      ImportDeclaration: ({ source }) => add(source, false),
      ExportNamedDeclaration: ({ source }) => add(source, false),
      ExportAllDeclaration: ({ source }) => add(source, false),
      ImportExpression: ({ source }) => add(source, true),
    });
  } catch (error) {
    if (error instanceof RangeError) throw invalidModule(file, 1, 'The code is nested too deep.', error);
    throw error;
  }
  return requests;
}

function targetOf(module: SourceModule, request: Request, modules: Map<string, SourceModule>): Target | null {
  const { specifier } = request;
  if (specifier === 'nightshift' || specifier.startsWith('nightshift/')) return { kind: 'platform' };
  if (!/^(?:\.{1,2}(?:\/|$)|\/|file:)/.test(specifier)) return { kind: 'package', name: specifier };
  const base = specifier.startsWith('file:')
    ? fileURLToPath(specifier)
    : path.resolve(path.dirname(module.path), specifier.replace(/[?#].*$/, ''));
  const file = fileOf(base);
  if (file === null) {
    if (request.dynamic) return null;
    const { line } = placeOf(module, request.node);
    throw invalidModule(module.path, line, `There is no file ${base}, which is imported here.`);
  }
  if (!CODE.test(file)) return { kind: 'data' };
  const known = modules.get(file) ?? readSourceModule(file);
  modules.set(file, known);
  return { kind: 'module', module: known };
}

function fileOf(base: string): string | null {
  const candidates = ENDINGS.map((ending) => base + ending);
  // `./x.js` in TypeScript that is compiled before it runs means `x.ts`.
  if (/\.[mc]?js$/.test(base)) candidates.push(base.replace(/js$/, 'ts'));
  return candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true) ?? null;
}
