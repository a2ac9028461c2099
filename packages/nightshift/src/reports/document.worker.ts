import { parentPort, workerData } from 'node:worker_threads';
import { makeDocument } from './document.ts';
import type { DocumentOrder } from './document-order.ts';

// The thread in which a large document is made, so that the server instance goes on meanwhile. It makes one, and ends.

const content = new Uint8Array(await makeDocument(workerData as DocumentOrder));
parentPort?.postMessage(content, [content.buffer]);
