/** Where the list of scheduled tasks is; cards are beneath it. */
export const TASKS_PATH = '/scheduled-tasks';
