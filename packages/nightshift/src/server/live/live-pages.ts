import type { LiveRequest } from '../../contract/live.ts';
import { type Clock, NightshiftError } from '../../foundation/index.ts';
import {
  cancelPageTask,
  closePage,
  enqueuePageTask,
  openPage,
  type Page,
  type PageTaskFacts,
  type PageTriggers,
  setCurrentRecord,
} from '../../page-background-task/index.ts';
import type { Platform } from '../../platform/index.ts';
import { callerOf } from '../company-caller.ts';
import { problemOf } from '../problem.ts';
import type { LiveConnection } from './live-connection.ts';

/** Pages of one connection. */
const PAGES_MAX = 100;
/** Tasks of a page whose repeats are known: more than may be under way. */
const KNOWN_TASKS_MAX = 1_000;

/** What a client may ask about its pages. */
export type PageRequest = Extract<
  LiveRequest,
  { type: 'openPage' | 'closePage' | 'setCurrentRecord' | 'enqueueTask' | 'cancelTask' }
>;
type Of<Type extends PageRequest['type']> = Extract<PageRequest, { type: Type }>;

/** A page of the tab. */
interface TabPage {
  readonly page: Page;
  /** By the names that the client gave them; the number is null when it was refused. */
  readonly tasks: Map<string, number | null>;
}

/** The pages of one connection. They outlive its socket by a short grace, and end with it. */
export class LivePages {
  readonly #connection: LiveConnection;
  readonly #parts: { readonly platform: Platform; readonly clock: Clock };
  readonly #pages = new Map<string, TabPage>();
  /** The grace is over: what is closed now, the client does not know of. */
  #isLate = false;

  constructor(connection: LiveConnection, parts: { readonly platform: Platform; readonly clock: Clock }) {
    this.#connection = connection;
    this.#parts = parts;
    connection.ended.addEventListener('abort', () => this.#closeAll(), { once: true });
  }

  /** Does what was asked. @throws NightshiftError what is refused */
  async take(request: PageRequest): Promise<void> {
    switch (request.type) {
      case 'openPage':
        return this.#open(request);
      case 'enqueueTask':
        return this.#enqueue(request);
      case 'setCurrentRecord':
        setCurrentRecord(this.#get(request.page).page, request.recordId);
        return;
      case 'cancelTask':
        cancelPageTask(this.#get(request.page).page, request.task);
        return;
      case 'closePage': {
        const known = this.#pages.get(request.page);
        this.#pages.delete(request.page);
        if (known !== undefined) closePage(known.page);
      }
    }
  }

  /** The socket is gone. Who does not come back within the grace finds his pages closed. */
  async cut(): Promise<void> {
    const { cutAt, ended } = this.#connection;
    if (cutAt === null || this.#pages.size === 0) return;
    await this.#parts.clock.sleep(this.#parts.platform.instance.pages.options.reconnectGraceMs, ended);
    if (this.#connection.cutAt === cutAt) this.#closeAll();
  }

  async #open({ page: name, company, name: title, recordId, tasks }: Of<'openPage'>): Promise<void> {
    const { who, id } = this.#connection;
    if (!this.#pages.has(name) && this.#pages.size >= PAGES_MAX)
      throw new NightshiftError('PAGE_LIMIT_REACHED', `A connection has ${PAGES_MAX} pages at most.`);
    if (who.scopes !== null && !who.scopes.has('page.open'))
      throw new NightshiftError('PERMISSION_DENIED', 'The API key lacks the scope page.open.', {
        details: { verb: 'page.open' },
      });
    const caller = await callerOf(this.#parts.platform, who, { name: company, correlationId: id });
    const former = this.#pages.get(name);
    // Of the same name in another company it is another one.
    if (former !== undefined && former.page.company !== caller.company) closePage(former.page);
    const options = { name: title, recordId, key: `${id} ${name}`, ...this.#triggersOf(name) };
    const page = await openPage(caller, options);
    if (this.#connection.ended.aborted) {
      closePage(page);
      return;
    }
    if (former?.page !== page) this.#pages.set(name, { page, tasks: new Map() });
    else if (tasks !== undefined) cancelAllBut(new Set(tasks), former);
    this.#connection.tell({ type: 'pageOpened', page: name, session: page.id });
  }

  async #enqueue({ page, task, codeunit, parameters, ...more }: Of<'enqueueTask'>): Promise<void> {
    const tab = this.#get(page);
    if (tab.tasks.has(task)) return;
    const after = more.after === undefined ? null : (tab.tasks.get(more.after) ?? null);
    tab.tasks.set(task, null);
    const [oldest] = tab.tasks.keys();
    if (tab.tasks.size > KNOWN_TASKS_MAX && oldest !== undefined) tab.tasks.delete(oldest);
    const options = {
      key: task,
      after,
      ...(more.timeoutMs === undefined ? {} : { timeout: more.timeoutMs }),
      ...(more.errorLevel === undefined ? {} : { errorLevel: more.errorLevel }),
    };
    const { recordId } = tab.page;
    try {
      tab.tasks.set(task, (await enqueuePageTask(tab.page, codeunit, parameters, options)).id);
    } catch (error) {
      // It has to arrive: whoever waits for the task would wait for ever.
      const { code, detail: message } = problemOf(error, this.#connection.id);
      this.#connection.tell({
        ...{ type: 'taskFailed', page, task, recordId, error: { code, message } },
        ...{ errorLevel: more.errorLevel ?? 'error', callStack: null, waitedMs: 0, ranMs: 0 },
      });
    }
  }

  #triggersOf(page: string): PageTriggers {
    const connection = this.#connection;
    const about = ({ key, waitedMs, ranMs }: PageTaskFacts) => ({ page, task: key ?? '', waitedMs, ranMs });
    return {
      onCompleted: (completion) => {
        const { recordId, results } = completion;
        connection.tell({ type: 'taskCompleted', ...about(completion), recordId, results });
      },
      onError: (failure) => {
        const { recordId, code, text: message, errorLevel, callStack } = failure;
        const error = { code, message };
        connection.tell({ type: 'taskFailed', ...about(failure), recordId, error, errorLevel, callStack });
        failure.isHandled = true;
      },
      onCancelled: ({ key, reason }) =>
        connection.tell({ type: 'taskCancelled', page, task: key ?? '', reason }),
      onClosed: (reason) => {
        const isOurs = reason === 'page' && !this.#isLate;
        const error = { code: 'PAGE_CLOSED', message: 'The server instance has closed the page.' };
        connection.tell({ type: 'pageClosed', page, reason: isOurs ? null : error });
      },
    };
  }

  #get(name: string): TabPage {
    const known = this.#pages.get(name);
    if (known?.page.isOpen === true) return known;
    throw new NightshiftError('PAGE_CLOSED', 'The page is not open here: open it again.');
  }

  #closeAll(): void {
    this.#isLate = true;
    for (const { page } of this.#pages.values()) closePage(page);
    this.#isLate = false;
    this.#pages.clear();
  }
}

/** What was cancelled while the connection was cut. */
function cancelAllBut(wanted: ReadonlySet<string>, { page, tasks }: TabPage): void {
  for (const task of tasks.keys()) if (!wanted.has(task)) cancelPageTask(page, task);
}
