import { safeJson, visible } from './printable-text.ts';
import type { Settings } from './settings.ts';
import type { Surroundings } from './surroundings.ts';

const JSON_INDENT = 2;

/** One call of a command: its settings, and how it answers. */
export interface Invocation {
  readonly settings: Settings;
  readonly surroundings: Surroundings;
  /** Prints the answer: the value with `--json`, else what `human` makes of it. */
  answer(value: unknown, human: () => string): void;
  /** A sentence about what is under way, on standard error; nothing with `--json`. */
  notice(text: string): void;
}

/** An invocation over settings. */
export function invocationOf(settings: Settings, surroundings: Surroundings): Invocation {
  const { output } = surroundings;
  return {
    settings,
    surroundings,
    answer(value, human) {
      output.out(settings.json ? safeJson(value, JSON_INDENT) : visible(human()));
    },
    notice(text) {
      if (!settings.json) output.err(visible(text));
    },
  };
}
