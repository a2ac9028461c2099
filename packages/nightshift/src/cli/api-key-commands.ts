import type { Command } from 'commander';
import {
  type ApiKeyOptions,
  createApiKeyCommand,
  listApiKeysCommand,
  revokeApiKeyCommand,
} from './api-key-change.ts';
import type { CommandRunner } from './commands.ts';

/** `api-key …`. */
export function addApiKeyCommands(program: Command, run: CommandRunner): void {
  const key = program
    .command('api-key')
    .description('API keys: what machines sign in with at the HTTP interface');
  key
    .command('list')
    .description('list the API keys of the company')
    .action(run<unknown, []>(listApiKeysCommand));
  key
    .command('create <name>')
    .description('create an API key for --user in --company; the key is printed this once')
    .requiredOption('--scopes <verbs>', 'what it may do, with commas between: entry.read,entry.setReady')
    .option('--for <user>', 'acts as this user instead; takes SUPER')
    .option('--days <n>', 'days until it expires, 1 to 730 (default: 90)')
    .action(
      run<ApiKeyOptions, [string]>((invocation, options, name) =>
        createApiKeyCommand(invocation, name, options),
      ),
    );
  key
    .command('revoke <id>')
    .description('revoke an API key, at once and for good')
    .action(run<unknown, [string]>((invocation, _options, id) => revokeApiKeyCommand(invocation, id)));
}
