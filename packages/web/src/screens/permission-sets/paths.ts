/** Where the permission sets are. */
export const SETS_PATH = '/permission-sets';
