import { createInterface } from 'node:readline/promises';
import { NightshiftError } from '../foundation/index.ts';
import { oneLine } from './printable-text.ts';
import type { Surroundings } from './surroundings.ts';

const YES = ['y', 'yes'];
const NO = ['n', 'no'];

/**
 * Asks a person yes or no; an empty answer is the default, anything else is asked again.
 * @throws NightshiftError SESSION_STOPPED when the person leaves the question with Ctrl-C or Ctrl-D
 */
export async function askYesOrNo(
  { input }: Pick<Surroundings, 'input'>,
  question: string,
  defaultAnswer: boolean,
): Promise<boolean> {
  const left = new AbortController();
  const lines = createInterface({ input: input.stream, output: input.echo });
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  const prompt = `${oneLine(question)} [${defaultAnswer ? 'Y/n' : 'y/N'}] `;
  try {
    for (;;) {
      const answer = (await lines.question(prompt, { signal: left.signal })).trim().toLowerCase();
      if (answer === '') return defaultAnswer;
      if (YES.includes(answer)) return true;
      if (NO.includes(answer)) return false;
      input.echo.write('Please answer y or n.\n');
    }
  } catch (error) {
    if (!left.signal.aborted) throw error;
    throw new NightshiftError('SESSION_STOPPED', 'The question was left without an answer.', {
      cause: error,
    });
  } finally {
    lines.close();
  }
}
