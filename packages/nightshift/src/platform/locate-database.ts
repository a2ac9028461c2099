import { type EmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import type { PlatformOptions } from './platform-options.ts';

/** Where the database is: at the URL of the options, else in the embedded PostgreSQL, which is started. */
export async function locateDatabase(
  options: PlatformOptions,
): Promise<{ readonly url: string; readonly embedded: EmbeddedPostgres | null }> {
  const { url, dataDirectory, tcpPort } = options.database ?? {};
  if (url !== undefined) return { url, embedded: null };
  const embedded = await startEmbeddedPostgres({
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    ...(tcpPort === undefined ? {} : { tcpPort }),
    ...(options.onNotice === undefined ? {} : { onNotice: options.onNotice }),
  });
  return { url: embedded.url, embedded };
}
