import { connectLive, type Live, type LiveState } from '@nightshift/client/live';

const listeners = new Set<() => void>();
let connection: Live | null = null;

/** The one connection of this tab, for changes of lists and for runs alike; made when it is first asked for. */
export function tabConnection(): Live {
  connection ??= connectLive({
    onState: () => {
      for (const listener of listeners) listener();
    },
  });
  return connection;
}

/** How the connection stands. */
export function connectionState(): LiveState {
  return tabConnection().state;
}

/** Has `listener` called when that changes. @returns what ends it */
export function onConnectionState(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
