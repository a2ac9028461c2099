import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { type AnyNode, type Program, parse } from 'acorn';
import { NightshiftError } from '../../foundation/index.ts';
import { type Mutations, mutationsIn } from './mutations.ts';

/** A module of the application, parsed. */
export interface SourceModule {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly mutations: Mutations;
}

/** A place in a file, as editors and terminals understand it. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

const TYPESCRIPT = /\.[mc]?tsx?$/;

/**
 * Reads and parses a module; types are taken out, and every line and column stays where it was.
 * @throws NightshiftError APPLICATION_INVALID with file and line, also for TypeScript that needs more than taking out
 *   its types (`enum`, `namespace`, parameter properties)
 */
export function readSourceModule(file: string): SourceModule {
  const text = readText(file).replace(/^\uFEFF/, ' ');
  const javaScript = TYPESCRIPT.test(file) ? withoutTypes(file, text) : text;
  try {
    const program = parse(javaScript, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
    return { path: file, text, program, mutations: mutationsIn(program) };
  } catch (error) {
    if (error instanceof RangeError) throw invalidModule(file, 1, 'The code is nested too deep.', error);
    if (!(error instanceof SyntaxError)) throw error;
    const { line = 1 } = (error as { readonly loc?: { readonly line?: number } }).loc ?? {};
    throw invalidModule(file, line, error.message.replace(/ \(\d+:\d+\)$/, ''), error);
  }
}

/** An error about a line of the application. */
export function invalidModule(file: string, line: number, message: string, cause?: unknown): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', `${shown(file)}:${line}: ${message}`, {
    field: 'app',
    details: { file, line },
    cause,
  });
}

/** Where a node stands. */
export function placeOf(module: SourceModule, node: AnyNode): Place {
  const { line = 1, column = 0 } = node.loc?.start ?? {};
  return { file: module.path, line, column: column + 1 };
}

/** The source of a node on one line, at most 60 characters. */
export function excerptOf(module: SourceModule, node: AnyNode): string {
  const text = module.text.slice(node.start, node.end).replace(/\s+/g, ' ');
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NightshiftError('APPLICATION_INVALID', `${shown(file)} cannot be read: ${reason}`, {
      field: 'app',
      cause: error,
    });
  }
}

function withoutTypes(file: string, text: string): string {
  const { emitWarning } = process;
  // Node 24 warns that the function is new; people who check their application cannot do anything about that.
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(text, { mode: 'strip' });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw invalidModule(file, lineOf(error), error.message, error);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Node tells the line in the first line of the stack only: `file:3`. */
function lineOf(error: Error): number {
  return Number(/^.*:(\d+)\n/.exec(error.stack ?? '')?.[1] ?? 1);
}

function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
