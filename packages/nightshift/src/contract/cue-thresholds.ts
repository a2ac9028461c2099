import { z } from 'zod';
import { field } from './wire.ts';

const number = z.int().min(0).max(1_000_000);

/** Of one cue. */
const threshold = z
  .strictObject({
    amber: field(number, 'From this number on it is to be looked at; 0: never.'),
    red: field(number, 'From this number on it needs attention; 0: never.'),
  })
  .meta({ id: 'CueThreshold', description: 'From which number on a cue is to be looked at.' });

/** Of all cues. */
const cueThresholds = z
  .strictObject({
    failed: field(threshold, 'Entries in Error.'),
    inProcess: field(threshold, 'Entries that run.'),
    inQueue: field(threshold, 'Entries that are Ready or wait.'),
    overdue: field(threshold, 'Entries that should have run and did not.'),
    waitingForApproval: field(threshold, 'Open requests for approval.'),
    failedItems: field(threshold, 'Work items that failed for good.'),
  })
  .meta({ id: 'CueThresholds', description: 'From which numbers on cues are to be looked at.' });

/** What holds for whoever asks, and why. */
export const cueThresholdsView = z
  .object({
    effective: field(cueThresholds, 'What holds for you.'),
    own: field(cueThresholds.nullable(), 'What you have said; null: nothing.'),
    company: field(cueThresholds.nullable(), 'What holds for those who say nothing; null: the standard.'),
    standard: field(cueThresholds, 'What holds where nobody has said anything.'),
    maySetForCompany: field(z.boolean(), 'Whether you may say it for everybody.'),
  })
  .meta({ id: 'CueThresholdsView', description: 'From which numbers on cues need your attention.' });

/** What is said. */
export const cueThresholdsChange = z
  .strictObject({
    thresholds: field(cueThresholds.nullable(), 'From which numbers on; null: takes back what was said.'),
  })
  .meta({ id: 'CueThresholdsChange', description: 'What is to hold for cues.' });
