import type { Platform } from 'nightshift';
import { createServer, type NightshiftServer } from 'nightshift/server';
import { changeNote, listCustomers, readCustomer } from './customers.sql.ts';
import { SALES } from './ledger.ts';
import type { PageFiles } from './page-files.ts';

const NOTE_LENGTH_MAX = 2_000;

/** How the server is made. */
interface CardServerOptions {
  readonly platform: Platform;
  readonly files: PageFiles;
}

/**
 * The host application's server: Nightshift's interface, and beside it the page, the customers and their notes. Whoever asks is Dora:
 * a real host finds out who is signed in.
 */
export function createCardServer({ platform, files }: CardServerOptions): NightshiftServer {
  const server = createServer(platform, { authenticate: () => SALES.user });
  const { app } = server;
  for (const [address, { type, body }] of files)
    app.get(address, async (_, reply) => reply.type(type).send(body));
  app.get('/customers', () => platform.open(SALES, ({ db }) => listCustomers(db)));
  app.get<{ Params: { no: string } }>('/customers/:no', async ({ params }, reply) => {
    const customer = await platform.open(SALES, ({ db }) => readCustomer(db, params.no));
    return customer ?? reply.status(404).send({ detail: `There is no customer ${params.no}.` });
  });
  app.put<{ Params: { no: string }; Body: { note?: unknown } }>(
    '/customers/:no/note',
    async ({ params, body }, reply) => {
      const note = body?.note;
      if (typeof note !== 'string' || note.length > NOTE_LENGTH_MAX)
        return reply.status(400).send({ detail: `A note is text of at most ${NOTE_LENGTH_MAX} characters.` });
      const found = await platform.open(SALES, ({ db }) => changeNote(db, params.no, note));
      return reply.status(found ? 204 : 404).send();
    },
  );
  // What the page shows of the engine: its tasks on this server instance, of whichever tab.
  app.get('/activity', async () => {
    const { counts, options } = platform.instance.pages;
    return { ...counts, limit: options.tasksMaxConcurrent };
  });
  return server;
}
