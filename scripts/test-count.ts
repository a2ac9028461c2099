/** Numbers for the closing line of a run. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** The part of vitest's JSON report that we read. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    /** Path of the file. */
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** A file of tests that failed, and what of it. */
export interface FailedFile {
  readonly file: string;
  /** Empty when the file itself failed: it could not be loaded, or a hook failed. */
  readonly tests: readonly string[];
}

/** The files that failed by vitest's JSON report. */
export function failedFiles(report: string): readonly FailedFile[] {
  const { testResults }: VitestReport = JSON.parse(report);
  return testResults
    .filter(({ status }) => status === 'failed')
    .map(({ name: file, assertionResults }) => ({
      file,
      tests: assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
    }));
}

/**
 * Counts a test run by vitest's JSON report. A file that failed without a failed test (it could not be
 * loaded, or a hook failed) counts as one failure, and so does a run that failed for another reason, such as coverage.
 *
 * @param report text of the report, null when there is none
 * @param runPassed whether vitest itself ended well
 */
export function countTests(report: string | null, runPassed: boolean): Count {
  if (report === null) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults }: VitestReport = JSON.parse(report);
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  );
  const failed = numFailedTests + brokenFiles.length;
  return { passed: numPassedTests, failed: runPassed ? failed : Math.max(failed, 1) };
}
