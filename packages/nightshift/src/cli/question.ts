import { createInterface } from 'node:readline/promises';
import { NightshiftError } from '../foundation/index.ts';
import { oneLine } from './printable-text.ts';
import type { Surroundings } from './surroundings.ts';

const YES = ['y', 'yes'];
const NO = ['n', 'no'];

/** Where a person is asked. */
export type Asked = Pick<Surroundings, 'input'>;

/**
 * Asks a person yes or no; an empty answer is the default, anything else is asked again.
 * @throws NightshiftError SESSION_STOPPED when the person leaves the question with Ctrl-C or Ctrl-D
 */
export function askYesOrNo({ input }: Asked, question: string, defaultAnswer: boolean): Promise<boolean> {
  const prompt = `${oneLine(question)} [${defaultAnswer ? 'Y/n' : 'y/N'}] `;
  return asking(input, async (ask) => {
    for (;;) {
      const answer = (await ask(prompt)).trim().toLowerCase();
      if (answer === '') return defaultAnswer;
      if (YES.includes(answer)) return true;
      if (NO.includes(answer)) return false;
      input.echo.write('Please answer y or n.\n');
    }
  });
}

/**
 * Asks a person for one line; what it begins and ends with in white space is left out.
 * @param question ends with what tells that an answer is wanted, such as `:`
 * @throws NightshiftError SESSION_STOPPED as `askYesOrNo`
 */
export function askLine({ input }: Asked, question: string): Promise<string> {
  return asking(input, async (ask) => (await ask(`${oneLine(question)} `)).trim());
}

async function asking<T>(
  input: Surroundings['input'],
  work: (ask: (prompt: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const left = new AbortController();
  const lines = createInterface({ input: input.stream, output: input.echo });
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  try {
    return await work((prompt) => lines.question(prompt, { signal: left.signal }));
  } catch (error) {
    if (!left.signal.aborted) throw error;
    throw new NightshiftError('SESSION_STOPPED', 'The question was left without an answer.', {
      cause: error,
    });
  } finally {
    lines.close();
  }
}
