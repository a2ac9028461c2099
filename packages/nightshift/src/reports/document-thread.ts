import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { NightshiftError, undebuggedThread } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { makeDocument } from './document.ts';
import type { DocumentOrder } from './document-order.ts';

/** Of as many rows a document is made at once: to start a thread would take longer. */
const ROWS_AT_ONCE_MAX = 1_000;
/** The same of a PDF, whose rows take thirty times as long. */
const PDF_ROWS_AT_ONCE_MAX = 50;
/** Megabytes of heap of such a thread: the largest table has ten million values. */
const MEMORY_MB_MAX = 2_048;

/** TypeScript from sources, JavaScript from the build. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './document.worker.ts' : './document.worker.js',
  import.meta.url,
);

/**
 * Makes a document: a large one in a thread of its own, unless this is one already.
 * @throws what making it threw; what has stopped the session, which ends the thread at once
 */
export async function makeDocumentFor(session: Session, order: DocumentOrder): Promise<Buffer> {
  const most = order.outputType === 'PDF' ? PDF_ROWS_AT_ONCE_MAX : ROWS_AT_ONCE_MAX;
  if (!isMainThread || order.table.rows.length <= most) return makeDocument(order);
  const worker = new Worker(WORKER, {
    workerData: order,
    name: 'report document',
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX },
    ...undebuggedThread(process.execArgv, process.env),
  });
  const stop = () => void worker.terminate();
  session.signal.addEventListener('abort', stop, { once: true });
  try {
    if (session.signal.aborted) stop();
    const made = await Promise.race([once(worker, 'message'), once(worker, 'exit').then(() => null)]);
    // Fails when the session was stopped.
    if (made === null) await session.sleep(0);
    const content: unknown = made?.[0];
    if (content instanceof Uint8Array) return Buffer.from(content.buffer);
    throw new NightshiftError('INTERNAL', 'The thread that made the document ended without one.');
  } finally {
    session.signal.removeEventListener('abort', stop);
    stop();
  }
}
