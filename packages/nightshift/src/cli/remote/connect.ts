import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { createClient, type NightshiftClient } from '@nightshift/client/api';
import { connectLive } from '@nightshift/client/live';
import { NightshiftError } from '../../foundation/index.ts';
import type { Caller } from '../../session/index.ts';
import type { ServerPlace, Settings } from '../settings.ts';
import type { Surroundings } from '../surroundings.ts';
import { translating } from './remote-errors.ts';
import { callerAt } from './server-of-caller.ts';

/** Rights of others than the owner of a file. */
const OF_OTHERS = 0o077;

/**
 * Whoever the API key belongs to, at the server that the command line names.
 * @throws NightshiftError VALIDATION for the key; SERVER_UNREACHABLE, UNAUTHENTICATED
 */
export async function connect(
  place: ServerPlace,
  { named, company }: Pick<Settings, 'named' | 'company'>,
  surroundings: Surroundings,
): Promise<Caller> {
  const key = await keyOf(place, surroundings);
  const server = serverAt(place.url, key);
  const openLive = () => connectLive({ url: place.url, key });
  const { user, language, timeZone, companies } = await server.call('me.get');
  // A key that is good for one company says by itself where.
  const [only] = companies.length === 1 ? companies : [];
  return callerAt(
    { server, openLive },
    { user, language, timeZone, company: named.company ?? only ?? company },
  );
}

/** A key goes to the server that was named, and nowhere that it points to. */
function serverAt(url: string, key: string): NightshiftClient {
  const send: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });
  return translating(createClient({ url, key, fetch: send }), url);
}

async function keyOf({ key }: ServerPlace, surroundings: Surroundings): Promise<string> {
  if (key === null) {
    throw new NightshiftError(
      'VALIDATION',
      'A server is asked with an API key: set NIGHTSHIFT_API_KEY, or name a file with --api-key-file (- for standard input).',
      { field: 'apiKeyFile' },
    );
  }
  const found = ('value' in key ? key.value : await readKey(key.file, surroundings)).trim();
  if (/^ns_[\x21-\x7e]+$/.test(found)) return found;
  throw new NightshiftError('VALIDATION', 'What was given as an API key is none: one begins with ns_.', {
    field: 'apiKeyFile',
  });
}

async function readKey(file: string, { input, workingDirectory }: Surroundings): Promise<string> {
  if (file === '-') return text(input.stream);
  const place = path.resolve(workingDirectory, file);
  try {
    const { mode } = await stat(place);
    // Such as a pipe of the shell is nobody else's.
    const isOpen = process.platform !== 'win32' && (await stat(place)).isFile() && (mode & OF_OTHERS) !== 0;
    if (!isOpen) return await readFile(place, 'utf8');
  } catch (cause) {
    throw new NightshiftError('VALIDATION', `The file ${file} with the API key cannot be read.`, {
      field: 'apiKeyFile',
      cause,
    });
  }
  throw new NightshiftError(
    'VALIDATION',
    `Others than you may read ${file}, which holds an API key: chmod 600 it.`,
    { field: 'apiKeyFile' },
  );
}
