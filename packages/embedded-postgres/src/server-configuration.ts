import { promises as fs } from 'node:fs';
import path from 'node:path';
import { nullWhen } from './errors.ts';
import type { Configuration } from './options.ts';
import type { Place } from './place.ts';

/** Our own file in the data folder, which `postgresql.conf` includes last. It is written anew before every start. */
export const CONFIGURATION_FILE = 'nightshift.conf';

/** The port in the name of the socket file when TCP is off. */
export const SOCKET_PORT = 5432;

/** The text of {@link CONFIGURATION_FILE}; `tcpPort` is the real port, never 0. */
export function renderConfiguration(
  configuration: Configuration,
  socketDirectory: string | null,
  tcpPort: number | null,
): string {
  const parameters: Record<string, string> = {
    ...configuration.settings,
    listen_addresses: tcpPort === null ? '' : '127.0.0.1',
    port: String(tcpPort ?? SOCKET_PORT),
    unix_socket_directories: socketDirectory ?? '',
    unix_socket_permissions: '0700',
  };
  const lines = Object.entries(parameters).map(([name, value]) => `${name} = ${quote(value)}`);
  return [
    '# Written by @nightshift/embedded-postgres before every start; changes are lost.',
    ...lines,
    '',
  ].join('\n');
}

/** True when the server that runs was started with other settings than are wanted now; places and ports aside. */
export async function hasOtherSettings(configuration: Configuration, place: Place): Promise<boolean> {
  const file = path.join(place.dataDirectory, CONFIGURATION_FILE);
  const present = (await nullWhen(['ENOENT'], fs.readFile(file, 'utf8'))) ?? '';
  return withoutPlaces(present) !== withoutPlaces(renderConfiguration(configuration, null, null));
}

function withoutPlaces(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^(listen_addresses|port|unix_socket_directories) = /.test(line))
    .join('\n');
}

/** As PostgreSQL's configuration files want it; values have no line breaks, see the options. */
function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
