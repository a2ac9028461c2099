import { NightshiftError } from '../foundation/index.ts';
import type { UserInterface } from '../session/index.ts';
import { oneLine, visible } from './printable-text.ts';
import { askYesOrNo } from './question.ts';
import { askForFile, askWhereToSave, type FileSurroundings, saveUnasked } from './terminal-files.ts';

/**
 * The person at the terminal, for a session in the foreground. What the session shows goes to standard error, so that
 * standard output holds the command's answer alone. Questions that come at once are asked one after the other. Nothing
 * is ever opened: an address is printed. Pages and reports there are none.
 * @param alwaysYes answers every question with yes, without a person; files are saved without asking
 */
export function terminalInterface(surroundings: FileSurroundings, alwaysYes: boolean): UserInterface {
  const { input, output } = surroundings;
  const inTurn = turns();
  return {
    async confirm(question, defaultAnswer) {
      if (alwaysYes) {
        output.err(`${oneLine(question)} Yes (--yes).`);
        return true;
      }
      if (!input.interactive) throw nobodyAnswers(`asks "${oneLine(question)}"`);
      return inTurn(() => askYesOrNo(surroundings, question, defaultAnswer));
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
    async hyperlink(url) {
      output.err(`Address: ${oneLine(url)}`);
    },
    async upload(prompt) {
      if (alwaysYes) {
        throw new NightshiftError(
          'CALLBACK_NOT_ALLOWED',
          `The codeunit asks for a file ("${oneLine(prompt)}"), and --yes cannot give one. Run it in a terminal, without --yes.`,
        );
      }
      if (!input.interactive) throw nobodyAnswers(`asks for a file ("${oneLine(prompt)}")`, false);
      return inTurn(() => askForFile(surroundings, prompt));
    },
    async download(name, content) {
      if (alwaysYes) return inTurn(() => saveUnasked(surroundings, name, content));
      if (!input.interactive) throw nobodyAnswers(`hands over a file ("${oneLine(name)}")`);
      return inTurn(() => askWhereToSave(surroundings, name, content));
    },
  };
}

/** Does one thing after the other, whether the one before it failed or not. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

function nobodyAnswers(what: string, yesHelps = true): NightshiftError {
  return new NightshiftError(
    'CALLBACK_NOT_ALLOWED',
    `The codeunit ${what}, and nobody can answer: standard input is not a terminal. Run it in a terminal${yesHelps ? ', or answer every question with --yes' : ''}.`,
  );
}
