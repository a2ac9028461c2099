/** Where failed work is told by what is wrong with it. */
export const FAILED_WORK_PATH = '/failed-work';
