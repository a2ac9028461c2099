import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { instantText, tableOf } from './showing.ts';
import { apiKeys } from './verbs.ts';
import { withCaller } from './with-caller.ts';

const DAYS_RANGE = { minimum: 1, maximum: 730 };

/** How `api-key create` was called. */
export interface ApiKeyOptions {
  readonly scopes: string;
  readonly for?: string;
  readonly days?: string;
}

/** Lists the API keys of the company. */
export async function listApiKeysCommand(invocation: Invocation): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const found = await apiKeys.list(caller, { limit: 500 });
    invocation.answer(found, () =>
      found.length === 0
        ? `There are no API keys in ${caller.company}.`
        : tableOf(
            ['Id', 'Name', 'User', 'Valid', 'Expires', 'Last used', 'Scopes'],
            found.map(({ id, name, user, isValid, expiresAt, lastUsedAt, scopes }) => [
              id,
              name,
              user,
              isValid ? 'yes' : 'no',
              instantText(expiresAt, caller.timeZone),
              instantText(lastUsedAt, caller.timeZone),
              scopes.join(', '),
            ]),
          ),
    );
  });
  return EXIT.ok;
}

/** Creates an API key, and prints it. */
export async function createApiKeyCommand(
  invocation: Invocation,
  name: string,
  options: ApiKeyOptions,
): Promise<ExitCode> {
  const { for: user, days, scopes } = options;
  const input = {
    name,
    scopes: scopes.split(',').map((scope) => scope.trim()),
    ...(user === undefined ? {} : { user }),
    ...(days === undefined ? {} : { expiresInDays: parseRange(days, 'expiresInDays', DAYS_RANGE) }),
  };
  await withCaller(invocation, {}, async (caller) => {
    const made = await apiKeys.create(caller, input);
    const until = instantText(made.expiresAt, caller.timeZone);
    // Apart from the key, so that a script can take that as it is.
    invocation.answer(made, () => made.key);
    invocation.notice(
      `This key is not shown again. It acts as ${made.user} in ${made.company} until ${until}; "nightshift api-key revoke ${made.id}" ends that.`,
    );
  });
  return EXIT.ok;
}

/** Revokes an API key. */
export async function revokeApiKeyCommand(invocation: Invocation, id: string): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const key = await apiKeys.revoke(caller, id);
    invocation.answer(key, () => `API key ${key.name} of ${key.user} is revoked.`);
  });
  return EXIT.ok;
}
