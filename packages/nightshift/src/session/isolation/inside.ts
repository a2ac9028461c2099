import { AsyncLocalStorage } from 'node:async_hooks';
import { flushCompileCache } from 'node:module';
import type { ServiceRegistry } from '../caller.ts';
import { parseRecord } from '../codeunit.ts';
import type { CodeunitRegistry } from '../codeunit-registry.ts';
import { unawaited } from '../session-errors.ts';
import type { Channel } from './channel.ts';
import { type CrossingError, packError, unpackError } from './crossing-error.ts';
import { withBuffers } from './crossing-values.ts';
import type { EndOfRun, StrayFault, ToIsolate } from './messages.ts';
import { OutsideLink } from './outside-link.ts';
import { type Outside, RemoteSession } from './remote-session.ts';

/** What an isolate runs. */
export interface IsolateContents {
  readonly codeunits: CodeunitRegistry;
  /** The services that the verbs of one session find. */
  readonly servicesOf: (outside: Outside) => ServiceRegistry;
}

/** Which run the code belongs to that runs now: also for errors that nobody caught. */
const currentRun = new AsyncLocalStorage<number>();

/**
 * The main loop of an isolate: loads what it runs, then runs one session after another as it is told. Never rejects;
 * what cannot be loaded is told outside.
 */
export async function serveIsolate(channel: Channel, load: () => Promise<IsolateContents>): Promise<void> {
  const link = new OutsideLink(channel);
  const tellStray = (what: StrayFault['what']) => (error: unknown) =>
    link.tell({
      kind: 'stray',
      run: currentRun.getStore() ?? null,
      what,
      error: packError(error, link.numberOf),
    });
  process.on('uncaughtException', tellStray('exception'));
  process.on('unhandledRejection', tellStray('rejection'));
  try {
    const contents = await load();
    // Isolates are killed, so what Node compiled for them would not be there for the next.
    flushCompileCache();
    new Inside(link, contents).listen(channel);
    link.tell({ kind: 'ready' });
  } catch (error) {
    link.tell({ kind: 'unfit', error: packError(error) });
  }
}

/** Runs the sessions of one isolate, one at a time. */
class Inside {
  readonly #link: OutsideLink;
  readonly #contents: IsolateContents;
  #session: { readonly run: number; readonly session: RemoteSession } | null = null;

  constructor(link: OutsideLink, contents: IsolateContents) {
    this.#link = link;
    this.#contents = contents;
  }

  listen(channel: Channel): void {
    channel.onMessage((message) => this.#receive(message as ToIsolate));
  }

  #receive(message: ToIsolate): void {
    switch (message.kind) {
      case 'start':
        void this.#run(message);
        break;
      case 'stop':
        if (this.#session?.run === message.run) this.#session.session.stop(unpackError(message.error));
        break;
      case 'reply':
      case 'refusal':
        this.#link.answer(message);
        break;
    }
  }

  async #run(order: Extract<ToIsolate, { readonly kind: 'start' }>): Promise<void> {
    const { run, facts } = order;
    this.#link.tell({ kind: 'begun', run });
    const timers = timersAtWork();
    const session = new RemoteSession(run, facts, this.#link, this.#contents.servicesOf);
    this.#session = { run, session };
    let error: CrossingError | null = null;
    try {
      const target = this.#contents.codeunits.get(order.codeunit);
      const value: unknown = parseRecord(target, withBuffers(order.record));
      await currentRun.run(run, () => Promise.try(() => target.onRun(session, value)));
      session.refuseOpenSavepoint();
    } catch (thrown) {
      error = packError(thrown, this.#link.numberOf);
    }
    const { unanswered, ...left } = session.end();
    if (error === null && unanswered > 0) error = packError(unawaited(unanswered));
    const leftovers = timersAtWork() > timers;
    this.#end({ kind: 'end', run, error, ...left, leftovers });
  }

  #end(end: EndOfRun): void {
    try {
      this.#link.tell(end);
    } catch (refused) {
      this.#link.tell({ ...end, error: packError(refused) });
    }
  }
}

/** Timers that would fire later: code that a session has left behind. */
function timersAtWork(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}
