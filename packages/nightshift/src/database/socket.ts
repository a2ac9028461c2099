import type { Socket } from 'node:net';
import type pg from 'pg';

/** How long a connection may take to end in good order. */
const FAREWELL_MS_MAX = 5_000;

/** What a connection of `pg` has without declaring it. */
type Undeclared = pg.Client & {
  readonly connection: {
    readonly stream: Socket;
    parsedStatements: Record<string, string>;
    submittedNamedStatements: Record<string, string>;
  };
  readonly readyForQuery: boolean | null;
};

/** The socket of a connection. */
export function streamOf(client: pg.Client): Socket {
  return (client as Undeclared).connection.stream;
}

/** Whether something was asked over a connection and is not answered. */
export function isAwaited(client: pg.Client): boolean {
  return (client as Undeclared).readyForQuery === false;
}

/** Tells `pg` that the server has forgotten what was prepared over a connection, on which nothing is under way. */
export function forgetStatements(client: pg.Client): void {
  const { connection } = client as Undeclared;
  connection.parsedStatements = {};
  connection.submittedNamedStatements = {};
}

/**
 * Ends a connection in good order, after what is still under way. One whose other end is silent for 5 s is closed all the
 * same: it may be half-open. Never rejects.
 */
export async function farewell(client: pg.Client): Promise<void> {
  const stream = streamOf(client);
  stream.setTimeout(FAREWELL_MS_MAX, () => stream.destroy());
  await client.end().catch(() => undefined);
}
