import { addressOf } from '../database/index.ts';
import { createPlatform } from '../platform/index.ts';
import { loadApplication } from './application-module.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { counted } from './showing.ts';
import { enforcementOption, visit } from './with-platform.ts';

/** Brings the schema up to date: the platform's, and with an application its tables in every company. */
export async function migrateCommand(
  invocation: Invocation,
  options: { readonly enforcement?: string },
): Promise<ExitCode> {
  const { settings, surroundings } = invocation;
  const loaded =
    settings.app === null ? null : await loadApplication(settings.app, surroundings.workingDirectory);
  const database = await visit(settings.database, true);
  invocation.notice('Bringing the schema up to date …');
  const platform = await createPlatform({
    ...(loaded ?? {}),
    ...enforcementOption(options.enforcement ?? settings.enforcement),
    database,
    migrate: 'apply',
    clock: surroundings.clock,
    onNotice: (text) => invocation.notice(text),
  });
  const { applied } = platform;
  const address = addressOf(platform.database.settings.url);
  await platform.stop();
  const answer = { address, application: loaded?.application.name ?? null, applied };
  invocation.answer(answer, () =>
    applied.length === 0
      ? `The schema of ${address} is up to date.`
      : `${applied.join('\n')}\n${counted(applied.length, 'migration')} applied to ${address}.`,
  );
  return EXIT.ok;
}
