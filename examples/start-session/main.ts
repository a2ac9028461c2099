// Shows the example, in a few seconds, on a PostgreSQL of its own in .nightshift/start-session:
//   node scripts/bootstrap.mjs examples/start-session/main.ts [--debug]
// With --debug only the foreground half, for a debugger: see the README.
import path from 'node:path';
import { resetEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { createPlatform } from 'nightshift';
import application from './app.ts';
import { type Stage, showCustomerList, showFailures, showLimits, showRace } from './src/demonstration.ts';

const DATA = path.resolve(import.meta.dirname, '../../.nightshift/start-session');
const debugMode = process.argv.includes('--debug');

await resetEmbeddedPostgres({ dataDirectory: DATA });
const platform = await createPlatform({
  application,
  database: { dataDirectory: DATA },
  onNotice: (text) => console.log(text),
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void platform.stop().then(() => process.exit(1)));
}
try {
  await platform.start();
  await show({ platform, identity: { user: 'ADMIN', company: 'CRONUS' }, say: console.log });
} finally {
  await platform.stop();
}

async function show(stage: Stage): Promise<void> {
  chapter('In the foreground (debug mode)');
  await showCustomerList(stage, true);
  if (debugMode) return;
  chapter('In the background');
  await showCustomerList(stage, false);
  chapter('The race, and its cures');
  await showRace(stage);
  chapter('When it goes wrong');
  await showFailures(stage);
  chapter('Limits');
  await showLimits(stage);
}

function chapter(title: string): void {
  console.log(`\n${title}`);
}
