import type { Executor } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import type { ServiceKey } from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** The platform's own connections, apart from the caller's transaction. */
export interface ReportsApart extends Executor {
  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T>;
}

/** The reports of one platform, as their verbs find them. */
export interface ReportService {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** For the inbox; null inside an isolate. */
  readonly apart: ReportsApart | null;
}

/** Under this key `platform` registers reports. */
export const REPORTS: ServiceKey<ReportService> = { name: 'reports' };
