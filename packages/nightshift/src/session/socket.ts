import type { Duplex } from 'node:stream';
import type pg from 'pg';

/** The socket of a connection; `pg` has it without declaring it. */
export function streamOf(client: pg.Client): Duplex {
  return (client as pg.Client & { readonly connection: { readonly stream: Duplex } }).connection.stream;
}
