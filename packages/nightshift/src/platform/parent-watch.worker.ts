import { workerData } from 'node:worker_threads';
import { SECOND_MS, systemClock } from '../foundation/index.ts';

// Ends the process when its parent is gone. A thread of its own, because a codeunit that never ends keeps the main
// thread from hearing of it.

const CHECK_MS = SECOND_MS;
const parent = workerData as number;

while (process.ppid === parent) await systemClock.sleep(CHECK_MS);
process.kill(process.pid, 'SIGKILL');
