/** Where the list of job queue entries is; cards are beneath it. */
export const ENTRIES_PATH = '/job-queue-entries';
