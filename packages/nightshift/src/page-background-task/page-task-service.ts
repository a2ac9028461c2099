import type { CodeunitRegistry, ServiceKey } from '../session/index.ts';
import type { PageTasks } from './page-tasks.ts';

/** What the verbs about pages work with. */
export interface PageTaskService {
  readonly codeunits: CodeunitRegistry;
  /** The pages of this server instance. @throws NightshiftError PLATFORM_NOT_STARTED */
  pages(): PageTasks;
}

/** Under this key `platform` registers it. */
export const PAGE_TASKS: ServiceKey<PageTaskService> = { name: 'page tasks' };
