import { type MessagePort, parentPort } from 'node:worker_threads';
import { ipcChannel, portChannel } from './channel.ts';
import { type IsolateContents, serveIsolate } from './inside.ts';
import type { IsolateOrder } from './isolate-body.ts';

/** Loads what an isolate is told to run. */
type Load = (order: IsolateOrder) => Promise<IsolateContents>;

/** Makes this thread an isolate. */
export function serveThread(load: Load): void {
  parentPort?.once(
    'message',
    ({ port, order }: { readonly port: MessagePort; readonly order: IsolateOrder }) => {
      void serveIsolate(portChannel(port), () => load(order));
    },
  );
}

/** Makes this process an isolate; it ends when its parent lets go of it. */
export function serveProcess(load: Load): void {
  process.once('disconnect', () => process.exit());
  process.once('message', (order) => {
    void serveIsolate(ipcChannel(process), () => load(order as IsolateOrder));
  });
}
