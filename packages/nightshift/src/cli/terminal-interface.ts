import { NightshiftError } from '../foundation/index.ts';
import type { UserInterface } from '../session/index.ts';
import { oneLine, visible } from './printable-text.ts';
import { askYesOrNo } from './question.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The person at the terminal, for a session in the foreground. What the session shows goes to standard error, so that
 * standard output holds the command's answer alone.
 * @param alwaysYes answers every question with yes, without a person
 */
export function terminalInterface(
  surroundings: Pick<Surroundings, 'input' | 'output'>,
  alwaysYes: boolean,
): UserInterface {
  const { input, output } = surroundings;
  return {
    async confirm(question, defaultAnswer) {
      if (alwaysYes) {
        output.err(`${oneLine(question)} Yes (--yes).`);
        return true;
      }
      if (!input.interactive) throw nobodyAnswers(question);
      return askYesOrNo(surroundings, question, defaultAnswer);
    },
    message(text) {
      output.err(visible(text));
    },
    openDialog(text) {
      output.err(visible(text));
      return {
        update: (next) => output.err(visible(next)),
        close: () => undefined,
      };
    },
  };
}

function nobodyAnswers(question: string): NightshiftError {
  return new NightshiftError(
    'CALLBACK_NOT_ALLOWED',
    `The codeunit asks "${oneLine(question)}", and nobody can answer: standard input is not a terminal. Run it in a terminal, or answer every question with --yes.`,
  );
}
