import {
  createContext,
  createElement,
  type ReactNode,
  use,
  useContext,
  useEffect,
  useRef,
  useSyncExternalStore,
} from 'react';
import type { PageLink, PageNotification, PageTaskOptions, Texts } from './page.ts';
import type { PageTaskError } from './page-task.ts';
import { type RequestSnapshot, type SharedPage, sharedPage, type TaskStatus } from './shared-pages.ts';

export type { PageTaskError } from './page-task.ts';
export type { SharedPage, TaskStatus } from './shared-pages.ts';

const Connection = createContext<{ readonly link: PageLink; readonly company: string } | null>(null);
const CurrentPage = createContext<SharedPage | null>(null);

/** Gives the components below it the connection of the tab (`connectLive`), and the company in which their pages are. */
export function PagesProvider({
  live,
  company,
  children,
}: {
  readonly live: PageLink;
  readonly company: string;
  readonly children?: ReactNode;
}): ReactNode {
  const former = useRef<{ readonly link: PageLink; readonly company: string } | null>(null);
  if (former.current?.link !== live || former.current.company !== company)
    former.current = { link: live, company };
  return createElement(Connection, { value: former.current }, children);
}

/** Makes a page the one of the components below it. */
export function PageProvider({
  page,
  children,
}: {
  readonly page: SharedPage;
  readonly children?: ReactNode;
}): ReactNode {
  return createElement(CurrentPage, { value: page }, children);
}

/** What a page does besides. */
export interface UsePageOptions {
  /** Shows an error that no component asked for itself. Default: nobody sees it. */
  readonly onNotification?: (notification: PageNotification) => void;
}

/**
 * The page of a name with a record: open as long as a component shows it. Of a component that shows another record it is the same
 * page, with its limits; what is under way for the record before is cancelled. Of components that show different records at the
 * same time each has a page of its own.
 */
export function usePage(
  name: string,
  recordId: string | null = null,
  options: UsePageOptions = {},
): SharedPage {
  const connection = useContext(Connection);
  if (connection === null) throw new Error('usePage is used below <PagesProvider>.');
  const page = sharedPage(connection.link, { company: connection.company, name, recordId });
  const latest = useRef(options.onNotification);
  useEffect(() => {
    latest.current = options.onNotification;
  });
  useEffect(() => {
    const release = page.retain();
    const silence = page.session.on('notification', (notification) => latest.current?.(notification));
    return () => {
      silence();
      release();
    };
  }, [page]);
  return page;
}

/** How a component asks for a background task. */
export interface UseTaskOptions extends PageTaskOptions {
  /** Default: the one of `<PageProvider>`. */
  readonly page?: SharedPage;
  /** Whether to ask at all. Default: true. */
  readonly enabled?: boolean;
  /** Whether the component suspends until there is a first result, and throws the error if there is none. Default: false. */
  readonly suspense?: boolean;
}

/** A background task, as a component sees it. */
export interface TaskView {
  readonly status: TaskStatus;
  /** The answer; while the next one is on its way, the former one. Null: none yet. */
  readonly result: Texts | null;
  /** Whether `result` is of former parameters, or of a former record. */
  readonly isFormer: boolean;
  readonly error: PageTaskError | null;
  readonly cancel: () => void;
}

const NOTHING: RequestSnapshot = Object.freeze({ status: 'idle', result: null, error: null });

/**
 * The answer of a page background task: asked for when the component is shown, again when its parameters or the record change,
 * cancelled when the component goes. Components that ask for the same share one task.
 */
export function usePageBackgroundTask(
  codeunit: string,
  parameters: Texts = {},
  { page, enabled = true, suspense = false, ...options }: UseTaskOptions = {},
): TaskView {
  const current = useContext(CurrentPage);
  const of = page ?? current;
  if (of === null) throw new Error('usePageBackgroundTask is given a page, or used below <PageProvider>.');
  const request = of.request(codeunit, parameters, options);
  useEffect(() => {
    if (!enabled) return undefined;
    const release = request.retain();
    request.start();
    return release;
  }, [request, enabled]);
  const snapshot = useSyncExternalStore(request.subscribe, request.snapshot, () => NOTHING);
  const former = useRef<Texts | null>(null);
  useEffect(() => {
    if (snapshot.status === 'completed') former.current = snapshot.result;
  }, [snapshot]);
  if (suspense && enabled && former.current === null && snapshot.status !== 'completed') {
    use(request.suspend());
    const { error } = request.snapshot();
    if (error !== null) throw error;
  }
  const isWaiting = snapshot.status === 'idle' || snapshot.status === 'pending';
  return {
    status: enabled && snapshot.status === 'idle' ? 'pending' : snapshot.status,
    result: isWaiting ? former.current : snapshot.result,
    isFormer: isWaiting && former.current !== null,
    error: snapshot.error,
    cancel: request.cancel,
  };
}
