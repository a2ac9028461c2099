/** Sessions that work on chunks of work items beside the one that asked for them, on one server instance at a time. */
export const ITEM_SESSIONS_MAX = 8;
