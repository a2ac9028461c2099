/** Where the tables of work items are; their items are beneath them. */
export const WORK_ITEMS_PATH = '/work-items';
