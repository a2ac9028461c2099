import { parseArgs } from 'node:util';

/** What the demonstration is told. */
export interface DemoOptions {
  /** Visit the card by script, print the summary and leave. */
  readonly exit: boolean;
  /** Rows of the ledger. */
  readonly entries: number;
  readonly customers: number;
  /** 0: any that is free. */
  readonly port: number;
}

const USAGE = `usage: npm run demo:customer-card -- [--exit] [--entries n] [--customers n] [--port n]
  --exit       visit the card in a browser without a window (without a browser: over the API), print a summary and exit:
               0 only if every check holds
  --entries    rows of the ledger, 1000 to 20000000 (2000000)
  --customers  customers, 150 to 100000 (3000)
  --port       where to listen on this machine; 0: any that is free (0)`;

/** Reads the command line. Prints the usage and exits with 2 when it does not fit. */
export function demoOptions(args: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        exit: { type: 'boolean', default: false },
        entries: { type: 'string', default: '2000000' },
        customers: { type: 'string', default: '3000' },
        port: { type: 'string', default: '0' },
      },
    });
    return {
      exit: values.exit,
      entries: wholeNumber('--entries', values.entries, 1_000, 20_000_000),
      customers: wholeNumber('--customers', values.customers, 150, 100_000),
      port: wholeNumber('--port', values.port, 0, 65_535),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

function wholeNumber(name: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new Error(`${name} is a whole number from ${minimum} to ${maximum}, not "${text}".`);
}
