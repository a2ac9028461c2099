import { expect, it } from 'vitest';
import { countTests, failedFiles } from './test-count.ts';

function reportOf(...files: [string, ...string[]][]): string {
  const testResults = files.map(([status, ...tests], at) => ({
    name: `file ${at}`,
    status,
    assertionResults: tests.map((test, nth) => ({ status: test, fullName: `test ${nth}` })),
  }));
  const countOf = (status: string) =>
    files.flatMap(([, ...tests]) => tests).filter((test) => test === status).length;
  return JSON.stringify({
    numPassedTests: countOf('passed'),
    numFailedTests: countOf('failed'),
    testResults,
  });
}

it('counts tests', () => {
  expect(countTests(reportOf(['passed', 'passed', 'passed']), true)).toEqual({ passed: 2, failed: 0 });
  expect(countTests(reportOf(['failed', 'passed', 'failed']), false)).toEqual({ passed: 1, failed: 1 });
});

it('counts a file that could not be loaded', () => {
  expect(countTests(reportOf(['passed', 'passed'], ['failed']), false)).toEqual({ passed: 1, failed: 1 });
});

it('counts a file whose hook failed after its tests had passed', () => {
  expect(countTests(reportOf(['failed', 'passed']), false)).toEqual({ passed: 1, failed: 1 });
});

it('counts a run that failed although its tests passed', () => {
  expect(countTests(reportOf(['passed', 'passed']), false)).toEqual({ passed: 1, failed: 1 });
});

it('counts a missing report as a failure', () => {
  expect(countTests(null, true)).toEqual({ passed: 0, failed: 1 });
});

it('names the files that failed, and what of them', () => {
  const report = reportOf(['passed', 'passed'], ['failed', 'passed', 'failed'], ['failed']);
  expect(failedFiles(report)).toEqual([
    { file: 'file 1', tests: ['test 1'] },
    { file: 'file 2', tests: [] },
  ]);
});
