import type { ErrorRegister } from './error-register.ts';
import type { ProgressCounts } from './log-line.ts';
import { plannedRunOf, progressOf, type RunReports } from './progress.ts';
import { ReportingSession } from './reporting-session.ts';
import type { RunLog } from './run-log.ts';

/** The half of a session that tells what it does, where that is kept. */
export abstract class LocalReports extends ReportingSession {
  abstract readonly reports: RunReports;

  get log(): RunLog {
    return this.reports.log;
  }

  protected override get errors(): ErrorRegister {
    return this.reports.errors;
  }

  progress(done: number, total: number | null, text = '', counts?: ProgressCounts): void {
    this.reports.progress = progressOf(done, total, text, { counts });
  }

  reportNothingToDo(): void {
    this.reports.nothingToDo = true;
  }

  planNextRun(at: Date): void {
    this.reports.plannedRun = plannedRunOf(at, this.reports.now());
  }
}
