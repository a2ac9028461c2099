import type { AnyNode } from 'acorn';
import { NightshiftError } from '../../foundation/index.ts';
import type { ObjectType } from '../../permissions/index.ts';
import type { CheckedCodeunit, CheckReport, Finding } from './finding.ts';
import { isCallable } from './function-value.ts';
import type { DeclaredCodeunit, World } from './machine.ts';
import { type ModuleGraph, readModuleGraph } from './module-graph.ts';
import { emptyRecording, type Recording, recorderOf } from './recording.ts';
import { riskyFindings } from './risky.ts';
import { type LoadedApplication, loadApplicationModules, runCodeunit } from './run.ts';
import { type Place, placeOf } from './source-module.ts';
import { membersOf, type Value } from './value.ts';

/** Variables that are assigned in loops and callbacks settle within so many passes. */
const PASSES_MAX = 5;

/**
 * Looks for dialogs that background sessions would run into, by reading the code; none of it is run.
 * @param file the application module, absolute
 * @throws NightshiftError APPLICATION_INVALID for a file that is missing or cannot be parsed, with file and line
 */
export function checkApplication(file: string): CheckReport {
  const graph = readModuleGraph(file);
  const loaded = loadApplicationModules(graph, 'background');
  return {
    files: graph.modules.map((module) => module.path),
    codeunits: loaded.machine.codeunits.map((codeunit, index) => checkCodeunit(graph, codeunit, index)),
    findings: applicationFindings(graph, loaded),
  };
}

function checkCodeunit(graph: ModuleGraph, codeunit: DeclaredCodeunit, index: number): CheckedCodeunit {
  const { objectType, name, place } = codeunit;
  const unfollowed = membersOf(codeunit.onRun).find((value) => !isCallable(value));
  if (unfollowed !== undefined) {
    const origin =
      unfollowed.kind === 'opaque' && unfollowed.origin !== null ? ` (${unfollowed.origin})` : '';
    return {
      objectType,
      name,
      ...place,
      findings: [unknownAt(place, `its onRun cannot be followed${origin}`)],
    };
  }
  const foreground = record(graph, index, 'foreground', null);
  const background = record(graph, index, 'background', foreground);
  const dialogs = [...background.dialogs.values()].map(
    ({ name: member, place: at, chain }): Finding => ({
      kind: 'dialog',
      ...at,
      member,
      message: `session.${member} raises CALLBACK_NOT_ALLOWED in the background.`,
      chain,
      writes: [],
    }),
  );
  const unknowns = [...background.unknowns.values()].map(
    ({ message, place: at, chain }): Finding => ({ ...unknownAt(at, message), chain }),
  );
  const findings = [...dialogs, ...riskyFindings(foreground, background), ...unknowns];
  return { objectType, name, ...place, findings };
}

/** Runs a codeunit in one world, again and again until its variables have settled. */
function record(graph: ModuleGraph, index: number, world: World, foreground: Recording | null): Recording {
  const assigned = new Map<AnyNode, Value>();
  for (let pass = 1; ; pass++) {
    const { machine } = loadApplicationModules(graph, world, assigned);
    const recording = emptyRecording();
    const codeunit = machine.codeunits[index];
    if (codeunit === undefined) return recording;
    runCodeunit(machine, codeunit, recorderOf(machine, recording, foreground));
    if (machine.cutOff) {
      const message = 'it is too large to be followed to the end; findings may be missing';
      recording.unknowns.set('', { message, place: codeunit.place, chain: [] });
      return recording;
    }
    if (!machine.changed || pass === PASSES_MAX) return recording;
  }
}

function applicationFindings(
  graph: ModuleGraph,
  { application, machine }: LoadedApplication,
): readonly Finding[] {
  const { entry } = graph;
  if (application === null) {
    throw new NightshiftError('APPLICATION_INVALID', `The module ${entry.path} has no default export.`, {
      field: 'app',
    });
  }
  const node = entry.program.body.find(({ type }) => type === 'ExportDefaultDeclaration') ?? entry.program;
  const place = placeOf(entry, node);
  if (application.kind !== 'application')
    return [unknownAt(place, 'the default export cannot be followed to a call of defineApp')];
  const { codeunits, reports } = application;
  if (machine.cutOff)
    return [unknownAt(place, 'a module is too large to be followed; findings may be missing')];
  return [...listFindings(place, 'codeunit', codeunits), ...listFindings(place, 'report', reports)];
}

/** What of a list that `defineApp` is given cannot be followed. */
function listFindings(place: Place, objectType: ObjectType, list: Value): readonly Finding[] {
  if (list.kind === 'constant') return [];
  if (list.kind !== 'array') return [unknownAt(place, `the list of ${objectType}s cannot be followed`)];
  const strange = list.elements.flatMap(membersOf).filter(({ kind }) => kind !== 'codeunit');
  return [
    ...new Map(
      strange.map((value) => {
        const origin = value.kind === 'opaque' && value.origin !== null ? ` (${value.origin})` : '';
        const message = `a ${objectType} of the application cannot be followed${origin}`;
        return [message, unknownAt(place, message)] as const;
      }),
    ).values(),
  ];
}

function unknownAt(place: Place, message: string): Finding {
  return { kind: 'unknown', ...place, member: null, message, chain: [], writes: [] };
}
