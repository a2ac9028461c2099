import { parseArgs } from 'node:util';

/** What the demonstration is told. */
export interface DemoOptions {
  /** Run to the end, print the summary and leave. */
  readonly exit: boolean;
  /** Kill the server with SIGKILL in mid-run and start it again. */
  readonly kill: boolean;
  /** Orders in the shop. */
  readonly orders: number;
  readonly seed: number;
}

const USAGE = `usage: npm run demo -- [--exit] [--kill] [--orders n] [--seed n]
  --exit    run to the end, print a summary and exit: 0 only if every check holds
  --kill    kill the server with SIGKILL in mid-run and start it again
  --orders  orders in the shop, 1 to 100000 (1000)
  --seed    another seed makes another shop (1)`;

/** Reads the command line. Prints the usage and exits with 2 when it does not fit. */
export function demoOptions(args: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        exit: { type: 'boolean', default: false },
        kill: { type: 'boolean', default: false },
        orders: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
      },
    });
    return {
      exit: values.exit,
      kill: values.kill,
      orders: wholeNumber('--orders', values.orders, 100_000),
      seed: wholeNumber('--seed', values.seed, 2 ** 31 - 1),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

function wholeNumber(name: string, text: string, maximum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= maximum) return value;
  throw new Error(`${name} is a whole number from 1 to ${maximum}, not "${text}".`);
}
