import type { AnyNode } from 'acorn';
import type { Frame, Machine, Recorder } from './machine.ts';
import { type Place, placeOf } from './source-module.ts';
import { answersOf, holdsData, identityOf } from './value-algebra.ts';

/** A function on the way of calls, and the place in it that leads on. */
export interface Step extends Place {
  readonly name: string;
}

/** Something that was met, and the way there. */
export interface Met {
  readonly place: Place;
  /** From `onRun` to the place. */
  readonly chain: readonly Step[];
}

/** A write, with the questions that may have been asked before. */
export interface Write extends Met {
  readonly what: string;
  /** Whether it writes cannot be told from its text. */
  readonly possible: boolean;
  readonly asked: ReadonlySet<AnyNode>;
}

/** What one run of a codeunit met. */
export interface Recording {
  /** By the call. */
  readonly dialogs: Map<AnyNode, Met & { readonly name: string }>;
  /** By message and place. */
  readonly unknowns: Map<string, Met & { readonly message: string }>;
  /** By the call and the way there. */
  readonly writes: Map<string, Write>;
  /** Where answers came out of an expression: by node, then by the way there. */
  readonly answered: Map<AnyNode, Map<string, ReadonlySet<AnyNode>>>;
  /** What was asked inside an `if` of which one branch was certain. */
  readonly askedInside: Map<string, ReadonlySet<AnyNode>>;
  /** Questions in whose place data of the application decide. */
  readonly replaced: Set<AnyNode>;
}

/** Where an answer decides, or is on its way to; in others it is mixed with data that have nothing to do with it. */
const DECIDING = new Set([
  'Identifier',
  'ConditionalExpression',
  'LogicalExpression',
  'UnaryExpression',
  'BinaryExpression',
  'AwaitExpression',
]);

/** An empty recording. */
export function emptyRecording(): Recording {
  return {
    dialogs: new Map(),
    unknowns: new Map(),
    writes: new Map(),
    answered: new Map(),
    askedInside: new Map(),
    replaced: new Set(),
  };
}

/**
 * Records what a run meets.
 * @param foreground the recording of the same codeunit in the foreground; null while that is made
 */
export function recorderOf(machine: Machine, into: Recording, foreground: Recording | null): Recorder {
  const met = (site: AnyNode): Met => ({
    place: placeOf(machine.frame.module, site),
    chain: chainOf(machine.frame, site),
  });
  return {
    dialog(name, site) {
      if (!into.dialogs.has(site)) into.dialogs.set(site, { ...met(site), name });
    },
    unknown(message, site) {
      const found = met(site);
      const key = `${found.place.file}:${found.place.line} ${message}`;
      if (!into.unknowns.has(key)) into.unknowns.set(key, { ...found, message });
    },
    write(what, possible, site) {
      const key = `${machine.frame.key}:${identityOf(site)}`;
      const before = into.writes.get(key);
      const asked = before === undefined ? machine.flow.asked : machine.flow.asked.union(before.asked);
      into.writes.set(key, { ...met(site), what, possible, asked });
    },
    value(node, value) {
      if (!DECIDING.has(node.type)) return;
      if (foreground === null) {
        const answers = answersOf(value);
        if (answers.size === 0) return;
        const ways = into.answered.get(node) ?? new Map<string, ReadonlySet<AnyNode>>();
        into.answered.set(node, ways.set(machine.frame.key, answers));
        return;
      }
      const questions = foreground.answered.get(node)?.get(machine.frame.key);
      if (questions !== undefined && holdsData(value))
        for (const question of questions) into.replaced.add(question);
    },
    branch(node, asked, decides) {
      const key = `${machine.frame.key}:${identityOf(node)}`;
      if (foreground === null) into.askedInside.set(key, asked);
      else if (decides)
        for (const question of foreground.askedInside.get(key) ?? []) into.replaced.add(question);
    },
  };
}

function chainOf(last: Frame, site: AnyNode): readonly Step[] {
  const steps: Step[] = [];
  let leadingOn = site;
  for (let frame: Frame | null = last; frame !== null && frame.site !== null; frame = frame.parent) {
    const isFirst = frame.parent?.site == null;
    steps.unshift({
      name: isFirst && frame.name === '(callback)' ? 'onRun' : frame.name,
      ...placeOf(frame.module, leadingOn),
    });
    leadingOn = frame.site;
  }
  return steps;
}
