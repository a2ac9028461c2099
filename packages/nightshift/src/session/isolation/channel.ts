import type { ChildProcess } from 'node:child_process';
import type { MessagePort } from 'node:worker_threads';

/** A line to another thread or process. Messages arrive in the order in which they were sent. */
export interface Channel {
  /** Sends plain data. One that is closed swallows it. @throws DataCloneError for what cannot be copied */
  post(message: unknown): void;
  /** Called once, before the first message is awaited. */
  onMessage(receive: (message: unknown) => void): void;
  close(): void;
}

/** A channel over a port to a thread. */
export function portChannel(port: MessagePort): Channel {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (receive) => {
      port.on('message', receive);
    },
    close: () => port.close(),
  };
}

/** Both ends of an IPC channel look alike. */
type IpcEnd = Pick<ChildProcess, 'connected' | 'disconnect' | 'send'> & {
  on(event: 'message', receive: (message: unknown) => void): unknown;
};

/** A channel over the IPC channel between a process and its child; the same on both sides. */
export function ipcChannel(end: ChildProcess | NodeJS.Process): Channel {
  const ipc = end as unknown as IpcEnd;
  return {
    post: (message) => {
      // With a callback, a channel that is closed answers there instead of raising an event that nobody hears.
      if (ipc.connected) ipc.send(message as object, () => undefined);
    },
    onMessage: (receive) => {
      ipc.on('message', receive);
    },
    close: () => {
      if (ipc.connected) ipc.disconnect();
    },
  };
}
