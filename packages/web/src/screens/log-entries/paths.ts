/** Where the runs of job queue entries are; each is beneath it by its number. */
export const LOG_ENTRIES_PATH = '/job-queue-log-entries';
