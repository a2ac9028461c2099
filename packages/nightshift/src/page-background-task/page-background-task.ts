import { NightshiftError } from '../foundation/index.ts';
import {
  AUTHORITY,
  actorOf,
  type Caller,
  type CallerDoor,
  demandRun,
  doorOf,
  parseRecord,
} from '../session/index.ts';
import { type BackgroundTask, isBackgroundTask } from './background-task.ts';
import { OpenPage } from './open-page.ts';
import type { Page, PageErrorLevel, PageTriggers } from './page.ts';
import { PAGE_TASKS, type PageTaskService } from './page-task-service.ts';
import type { PageRequest, PageTaskRequest, PageTasks } from './page-tasks.ts';
import { textDictionary } from './text-dictionary.ts';

const NAME_LENGTH_MAX = 100;
const RECORD_ID_LENGTH_MAX = 250;
const KEY_LENGTH_MAX = 200;
const LEVELS: readonly unknown[] = ['error', 'warning', 'ignore'] satisfies readonly PageErrorLevel[];

/** What a page is opened with. */
export interface OpenPageOptions extends PageTriggers {
  /** For people: 1 to 100 characters. */
  readonly name: string;
  /** The record that it shows, up to 250 characters. Default: null, none. */
  readonly recordId?: string | null;
  /**
   * Whoever opens it again under the same key (the same user in the same company, or session) gets the page that is open, with
   * the record and the triggers of the last call. Up to 200 characters. Default: a new page each time.
   */
  readonly key?: string;
}

/** How a background task is enqueued. */
export interface EnqueueTaskOptions {
  /** Milliseconds that it may run, from its start; more than 10 min are cut. Default: 2 min. */
  readonly timeout?: number;
  /** How an error is shown that no trigger handles. Default: `error`. */
  readonly errorLevel?: PageErrorLevel;
  /** A repeat under the same key, for the same record, runs nothing and gets the same id. Up to 200 characters. Default: none. */
  readonly key?: string;
}

/** What of an enqueue is for the faces of the platform. */
export interface EnqueueMore {
  /** The task from whose trigger it comes, elsewhere. Default: as the code that runs tells. */
  readonly after?: number | null;
  /** Whether the triggers of the page run. Default: true. */
  readonly triggers?: boolean;
}

/**
 * Opens a page: what background tasks are enqueued for, and end with. It is closed by `closePage`, with the session that opened
 * it, and with its server instance.
 * @throws NightshiftError VALIDATION with the field, PAGE_LIMIT_REACHED, PLATFORM_NOT_STARTED, PERMISSION_DENIED, USER_DISABLED,
 *   CALLBACK_NOT_ALLOWED in a page background task
 */
export async function openPage(caller: Caller, options: OpenPageOptions): Promise<Page> {
  const { pages, request } = await pageRequestOf(caller, options);
  return pages().open(request);
}

/** The same for whoever closes it by letting go of it, as others do who hold it. */
export async function holdPage(caller: Caller, options: OpenPageOptions): Promise<OpenPage> {
  const { pages, request } = await pageRequestOf(caller, options);
  const page = pages().open(request);
  page.holders++;
  return page;
}

/** Lets go of a page that was held; the last one closes it. */
export function letGoOf(page: OpenPage): void {
  page.holders--;
  if (page.holders === 0) closePage(page);
}

async function pageRequestOf(caller: Caller, options: OpenPageOptions) {
  const door = doorOf(caller);
  const { name, recordId = null, key, ...triggers } = options;
  checkLength('name', name, 1, NAME_LENGTH_MAX);
  checkRecordId(recordId);
  if (key !== undefined) checkLength('key', key, 1, KEY_LENGTH_MAX);
  const { pages } = door.service(PAGE_TASKS);
  const { user, company, lineage } = door;
  const actor = actorOf(door);
  const authority = door.service(AUTHORITY);
  await authority.demand(actor, 'page.open', { kind: 'company', id: String(company.no), name: company.name });
  const isDeveloper = await authority.may(actor, 'page.callStack', { kind: 'page', id: null });
  const owner = { door, language: caller.language, timeZone: caller.timeZone, isDeveloper };
  const scope = [user.no, company.no, lineage.at(-1)?.uniqueId ?? ''];
  const whole = key === undefined ? null : [...scope, key].join(' ');
  const request: PageRequest = { name, recordId, key: whole, owner, triggers };
  return { pages, request };
}

/**
 * Says which record the page shows now. With another one, the tasks for the one before are cancelled and run no trigger.
 * @throws NightshiftError PAGE_CLOSED, VALIDATION
 */
export function setCurrentRecord(page: Page, recordId: string | null): void {
  checkRecordId(recordId);
  const open = openPageOf(page);
  if (!open.isOpen) throw new NightshiftError('PAGE_CLOSED', `Page "${open.name}" is closed.`);
  serviceOf(open).pages().setRecord(open, recordId);
}

/** Closes a page and cancels its tasks; no trigger runs. Returns whether it was open. */
export function closePage(page: Page): boolean {
  const open = openPageOf(page);
  return open.isOpen && serviceOf(open).pages().close(open);
}

/**
 * Runs a codeunit in the background for a page: in a child session on this server instance, as the same user with the same
 * rights, which the database lets only read. Of a page 5 run and 100 wait, of all pages of an instance 16 run, page by page in
 * turn.
 * @param parameters what its schema takes; it travels as flat text
 * @returns its id at once, or as soon as it is known that the user may run it; how it ends, the triggers of the page are told
 * @throws NightshiftError PAGE_TASK_QUEUE_FULL, PAGE_CLOSED, PAGE_TASK_LOOP, RECORD_INVALID, VALIDATION, CODEUNIT_UNKNOWN,
 *   PERMISSION_DENIED, SESSION_DEPTH_EXCEEDED
 */
export async function enqueueBackgroundTask<In>(
  page: Page,
  task: BackgroundTask<In, unknown, unknown>,
  parameters: In,
  options: EnqueueTaskOptions = {},
): Promise<number> {
  return (await enqueuePageTask(page, task.name, parameters, options)).id;
}

/**
 * Cancels a background task: it runs no trigger, and the database is told at once. Returns whether it had not ended.
 */
export function cancelBackgroundTask(page: Page, taskId: number): boolean {
  return cancelPageTask(page, taskId);
}

/** The same by its id or its key, for the faces of the platform. */
export function cancelPageTask(page: Page, sought: number | string): boolean {
  const open = openPageOf(page);
  return open.isOpen && serviceOf(open).pages().cancel(open, sought);
}

/** The same as `enqueueBackgroundTask` for the faces of the platform, which know codeunits by their names. */
export async function enqueuePageTask(
  page: Page,
  codeunit: string,
  parameters: unknown,
  options: EnqueueTaskOptions & EnqueueMore = {},
) {
  const open = openPageOf(page);
  const service = serviceOf(open);
  const tasks = service.pages();
  const request = requestOf(service, tasks, { codeunit, parameters, options });
  const { turn } = open;
  const waits = demandRun(open.owner.door, request.target);
  if (waits !== null) await waits;
  return tasks.enqueue(open, request, turn);
}

function requestOf(
  { codeunits }: PageTaskService,
  { options: limits }: PageTasks,
  given: {
    readonly codeunit: string;
    readonly parameters: unknown;
    readonly options: EnqueueTaskOptions & EnqueueMore;
  },
): PageTaskRequest {
  const { timeout, errorLevel = 'error', key, after = null, triggers = true } = given.options;
  const target = codeunits.get(given.codeunit);
  if (!isBackgroundTask(target)) {
    const text = `Codeunit "${target.name}" is no page background task: declare it with backgroundTask().`;
    throw new NightshiftError('VALIDATION', text, { field: 'codeunit' });
  }
  if (!LEVELS.includes(errorLevel)) throw invalid('errorLevel', 'is error, warning or ignore');
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout > 0))
    throw invalid('timeout', 'is a whole number of milliseconds from 1 up');
  if (key !== undefined) checkLength('key', key, 1, KEY_LENGTH_MAX);
  const parameters = textDictionary(given.parameters ?? {}, 'parameters');
  parseRecord(target, parameters);
  const { taskDefaultTimeoutMs, taskMaxTimeoutMs } = limits;
  const timeoutMs = Math.min(timeout ?? taskDefaultTimeoutMs, taskMaxTimeoutMs);
  return { target, parameters, timeoutMs, errorLevel, key: key ?? null, after, triggers };
}

function openPageOf(page: Page): OpenPage {
  if (page instanceof OpenPage) return page;
  throw invalid('page', 'is what openPage has returned');
}

function serviceOf({ owner }: { readonly owner: { readonly door: CallerDoor } }): PageTaskService {
  return owner.door.service(PAGE_TASKS);
}

function checkRecordId(recordId: unknown): void {
  if (recordId !== null) checkLength('recordId', recordId, 0, RECORD_ID_LENGTH_MAX);
}

function checkLength(field: string, text: unknown, least: number, most: number): void {
  if (typeof text === 'string' && text.length >= least && text.length <= most && text.isWellFormed()) return;
  throw invalid(field, `is text of ${least} to ${most} characters`);
}

function invalid(field: string, what: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${what}.`, { field });
}
