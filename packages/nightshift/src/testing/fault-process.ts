import { flushCompileCache } from 'node:module';
import { createPlatform } from '../platform/index.ts';
import { EFFECTS_OF_ATTEMPTS } from './effects.sql.ts';
import { faultCodeunits } from './fault-codeunits.ts';
import type { InstanceMessage } from './instance-process.ts';

// A server instance in a process of its own, for fault tests: it runs what comes, and dies at the points that the records
// of tasks name.

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function tell(message: InstanceMessage): void {
  process.send?.(message);
}

let diesOfRetry = false;
const { main, failure } = faultCodeunits(`process ${process.pid}`, (point) => {
  if (point === 'retry') diesOfRetry = true;
  else die();
});
const platform = await createPlatform({
  name: 'test',
  codeunits: [main, failure],
  migrations: [EFFECTS_OF_ATTEMPTS],
  database: { url: process.argv[2] ?? '' },
  environment: 'test',
  telemetry: [
    ({ id, dimensions }) => {
      // Written: the task waits for its retry from now on.
      if (diesOfRetry && id === 'LC0045') die();
      if (id.startsWith('NS')) tell({ kind: 'event', id, taskId: dimensions['taskId'], dimensions });
    },
  ],
});
// It will be killed, and what Node has compiled is for the next of its kind, too.
flushCompileCache();
await platform.start();
tell({ kind: 'started', epoch: platform.instance.epoch });
