import { ActiveDialogs } from './active-dialogs.ts';
import type { ErrorReport } from './error-message.ts';
import { type ErrorTally, reportedError } from './error-register.ts';

/** The half of a session that collects errors. */
export abstract class ReportingSession extends ActiveDialogs {
  protected abstract get errors(): {
    readonly tally: ErrorTally;
    add(report: unknown, codeunit: string): void;
  };

  reportError(error: string | ErrorReport): void {
    this.errors.add(error, this.codeunitName);
  }

  get reportedErrors(): number {
    return this.errors.tally.count;
  }

  throwReportedErrors(): void {
    const error = reportedError(this.errors.tally);
    if (error !== null) throw error;
  }
}
