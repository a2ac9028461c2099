import { describeDuration } from '../foundation/index.ts';
import type { FrequentStart } from './doctor-facts.ts';
import { type Finding, ok, warning } from './finding.ts';

/** What is to be said of the sessions that StartSession began. */
export function sessionFindings(starts: readonly FrequentStart[]): readonly Finding[] {
  if (starts.length === 0) return [ok('sessions', 'StartSession is used for no small, frequent work.')];
  return starts.map(({ codeunit, company, count, medianMs }) =>
    warning(
      'sessions',
      `Codeunit ${codeunit} (${company}) was started ${count} times in a minute, for ${describeDuration(medianMs)} each: a session costs more than that.`,
      'Do the work where it arises, in larger pieces, or as tasks.',
    ),
  );
}
