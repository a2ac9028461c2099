import path from 'node:path';
import process from 'node:process';
import { EmbeddedPostgresError } from './errors.ts';

/** Where the data goes when nothing else is said, beneath the current working directory. */
export const DATA_DIRECTORY_DEFAULT = path.join('.nightshift', 'postgres');

/** The highest TCP port there is; the lowest that may be asked for is 0, "any free one". */
export const TCP_PORT_MAX = 65_535;

/**
 * Settings of a small development server. `fsync` is left on: a crash of the machine must not cost the data.
 * Times are UTC so that the same data means the same on every machine.
 */
export const SETTINGS_DEFAULT: Readonly<Record<string, string>> = Object.freeze({
  max_connections: '100',
  shared_buffers: '128MB',
  cluster_name: 'nightshift',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
});

/** Takes one sentence about something the user should know, such as where the data was put. */
export type NoticeListener = (text: string) => void;

/** What names a server: its data folder. */
export interface DataDirectoryOptions {
  /** The data folder; relative paths count from the current working directory. Default `.nightshift/postgres`. */
  readonly dataDirectory?: string;
  /** Told in a sentence about things worth knowing. Default: nobody is told. */
  readonly onNotice?: NoticeListener;
}

/** Options of `startEmbeddedPostgres`. */
export interface StartOptions extends DataDirectoryOptions {
  /**
   * The TCP port on 127.0.0.1, beside the Unix socket; 0 picks a free one, null opens none. Default null.
   * On Windows there is no socket, so null means 0 there.
   */
  readonly tcpPort?: number | null;
  /** Parameters of the server (`work_mem: '16MB'`), on top of {@link SETTINGS_DEFAULT}. Default none. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether the server runs on when its last user leaves, until it is stopped. Default false. */
  readonly keep?: boolean;
}

/** Options of `stopEmbeddedPostgres`. */
export interface StopOptions extends DataDirectoryOptions {
  /** `fast` ends connections and saves; `immediate` is like a crash, repaired at the next start. Default `fast`. */
  readonly mode?: StopMode;
}

/** How a server is stopped. */
export type StopMode = 'fast' | 'immediate';

/** Options after the door: complete, checked, frozen. */
export interface Configuration {
  /** Absolute path of the folder that was asked for, not yet the place where the data really is. */
  readonly dataDirectory: string;
  readonly onNotice: NoticeListener;
  readonly tcpPort: number | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly keep: boolean;
  readonly mode: StopMode;
}

const OPTION_NAMES = ['dataDirectory', 'onNotice', 'tcpPort', 'settings', 'keep', 'mode'];

/** Parameters that this package sets itself; another value would make the server unfindable. */
const RESERVED_SETTINGS = new Set([
  'config_file',
  'data_directory',
  'external_pid_file',
  'hba_file',
  'include',
  'include_dir',
  'include_if_exists',
  'ident_file',
  'listen_addresses',
  'port',
  'unix_socket_directories',
  'unix_socket_group',
  'unix_socket_permissions',
]);

const SETTING_NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_$]*)?$/;

/**
 * Checks the options of any of the functions and fills in the defaults.
 *
 * @throws EmbeddedPostgresError `OPTION_INVALID` with the `field`
 */
export function parseOptions(
  options: StartOptions & StopOptions,
  platform: NodeJS.Platform = process.platform,
): Configuration {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.includes(name)) {
      throw invalid(name, `There is no option ${name}; the options are ${OPTION_NAMES.join(', ')}.`);
    }
  }
  return Object.freeze({
    dataDirectory: parseDataDirectory(options.dataDirectory ?? DATA_DIRECTORY_DEFAULT),
    onNotice: options.onNotice ?? (() => {}),
    tcpPort: parseTcpPort(options.tcpPort ?? (platform === 'win32' ? 0 : null)),
    settings: Object.freeze({ ...SETTINGS_DEFAULT, ...parseSettings(options.settings ?? {}) }),
    keep: parseKeep(options.keep ?? false),
    mode: parseMode(options.mode ?? 'fast'),
  });
}

function parseDataDirectory(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw invalid('dataDirectory', 'dataDirectory must be the path of a folder.');
  }
  if (hasControlCharacter(value)) {
    throw invalid('dataDirectory', 'dataDirectory must not hold control characters.');
  }
  const absolute = path.resolve(value);
  if (absolute === path.parse(absolute).root) {
    throw invalid(
      'dataDirectory',
      'dataDirectory must not be the root of the file system; name a folder in it.',
    );
  }
  return absolute;
}

function parseKeep(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid('keep', 'keep must be true or false.');
}

function parseTcpPort(value: unknown): number | null {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TCP_PORT_MAX)
    return value;
  throw invalid('tcpPort', `tcpPort must be null or a whole number from 0 to ${TCP_PORT_MAX}.`);
}

function parseSettings(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) {
    throw invalid('settings', 'settings must be an object of parameter names and texts.');
  }
  const parsed: Record<string, string> = {};
  for (const [givenName, text] of Object.entries(value)) {
    const name = givenName.toLowerCase();
    const field = `settings.${givenName}`;
    if (!SETTING_NAME.test(name)) {
      throw invalid(field, `${JSON.stringify(givenName)} is not the name of a PostgreSQL parameter.`);
    }
    if (RESERVED_SETTINGS.has(name)) {
      throw invalid(
        field,
        `${name} is set by this package; use the options dataDirectory and tcpPort instead.`,
      );
    }
    if (typeof text !== 'string' || hasControlCharacter(text)) {
      throw invalid(field, `The value of ${name} must be a text on one line, such as '16MB'.`);
    }
    parsed[name] = text;
  }
  return parsed;
}

function parseMode(value: unknown): StopMode {
  if (value === 'fast' || value === 'immediate') return value;
  throw invalid('mode', "mode must be 'fast' or 'immediate'.");
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}

function invalid(field: string, message: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError('OPTION_INVALID', message, { field });
}
