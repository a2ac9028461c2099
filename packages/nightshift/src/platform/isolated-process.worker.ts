import { Worker } from 'node:worker_threads';
import { serveProcess } from '../session/index.ts';
import { contentsOf } from './isolated-services.ts';

// A process that runs isolated codeunits. It ends with the server instance: at once when it hears of that, and by its
// watching thread when it is too busy to hear.

const WATCH = import.meta.url.endsWith('.ts') ? './parent-watch.worker.ts' : './parent-watch.worker.js';

new Worker(new URL(WATCH, import.meta.url), { name: 'parent watch', workerData: process.ppid });
serveProcess(contentsOf);
