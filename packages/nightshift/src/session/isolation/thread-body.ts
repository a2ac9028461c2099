import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { SECOND_MS, systemClock, undebuggedThread } from '../../foundation/index.ts';
import { portChannel } from './channel.ts';
import { FROM_SOURCE, inheritedFlags } from './inherited-flags.ts';
import type { Death, IsolateBody, IsolateLaunch, IsolateOrder } from './isolate-body.ts';

/** How long the last messages of a thread that is gone may take. */
const LAST_MESSAGES_MS = SECOND_MS;

/** Starts a thread. Its port travels by a message, so that user code, which can read `workerData`, does not find it. */
export function startThread(launch: IsolateLaunch): IsolateBody {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL(launch.threadEntry), {
    name: 'nightshift isolate',
    ...undebugged(),
    execArgv: [...inheritedFlags(process.execArgv, FROM_SOURCE)],
    resourceLimits: { maxOldGenerationSizeMb: launch.threadMemoryMb },
  });
  const order: IsolateOrder = {
    applicationModule: launch.applicationModule,
    settings: launch.settings,
  };
  worker.postMessage({ port: port2, order }, [port2]);
  const closed = once(port1, 'close');
  let broken: unknown = null;
  worker.on('error', (error) => {
    broken = error;
  });
  // Not once(): that rejects when the error comes, which is before the end.
  const ended = new Promise<number>((resolve) => worker.once('exit', resolve));
  const died = ended.then(async (code): Promise<Death> => {
    await Promise.race([closed, systemClock.sleep(LAST_MESSAGES_MS)]);
    port1.close();
    if (isOutOfMemory(broken)) return { kind: 'memory', megabytes: launch.threadMemoryMb };
    return broken === null ? { kind: 'exit', code } : { kind: 'broken', error: broken };
  });
  return {
    channel: portChannel(port1),
    died,
    kill: () => {
      worker.terminate().catch(() => undefined);
    },
    hold: (holds) => {
      if (holds) {
        worker.ref();
        port1.ref();
      } else {
        worker.unref();
        port1.unref();
      }
    },
    // V8 watches the heap itself; what lies outside of it belongs to the whole process.
    watchMemory: async () => null,
  };
}

/** The environment without what would make the thread wait for a debugger of its own. */
function undebugged(): { readonly env?: NodeJS.ProcessEnv } {
  const { env } = undebuggedThread(process.execArgv, process.env);
  return env === undefined ? {} : { env };
}

function isOutOfMemory(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
