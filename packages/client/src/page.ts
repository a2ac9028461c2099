import type { PageLink } from './page-link.ts';
import { PageOutbox } from './page-outbox.ts';
import { OpenedPage, type PageOptions, type PageSession } from './page-session.ts';

export type { PageLink } from './page-link.ts';
export type { PageOptions, PageSession } from './page-session.ts';
export {
  type CompletedTask,
  type EndedTask,
  type FailedTask,
  type PageErrorLevel,
  type PageEvents,
  type PageNotification,
  type PageTask,
  PageTaskError,
  type PageTaskOptions,
  type Texts,
} from './page-task.ts';

/** What a browser has besides; elsewhere nobody leaves. */
interface Surroundings {
  readonly addEventListener?: (
    type: string,
    listener: (event: { readonly persisted?: boolean }) => void,
  ) => void;
}

/** The pages of one connection. */
interface TabPages {
  readonly outbox: PageOutbox;
  readonly open: Set<OpenedPage>;
}

const tabs = new WeakMap<PageLink, TabPages>();
let opened = 0;

/**
 * Opens a page over the connection of this tab (`connectLive`): any number of them share it. It follows the connection: after a cut
 * it is found again, or opened anew, and what it waits for is enqueued again. When the browser leaves the document it is closed.
 */
export function openPage(link: PageLink, options: PageOptions): PageSession {
  const tab = tabOf(link);
  opened++;
  const page: OpenedPage = new OpenedPage(`page ${opened}`, options, {
    link,
    outbox: tab.outbox,
    onClose: () => tab.open.delete(page),
  });
  tab.open.add(page);
  return page;
}

function tabOf(link: PageLink): TabPages {
  const known = tabs.get(link);
  if (known !== undefined) return known;
  const tab: TabPages = { outbox: new PageOutbox(link), open: new Set() };
  tabs.set(link, tab);
  const surroundings = globalThis as unknown as Surroundings;
  surroundings.addEventListener?.('pagehide', () => {
    for (const page of tab.open) page.leave();
    tab.outbox.sendAll();
  });
  // A document that was only put aside comes back with its pages.
  surroundings.addEventListener?.('pageshow', ({ persisted = false }) => {
    if (persisted) for (const page of tab.open) page.enter();
  });
  return tab;
}
