/** Where the users are. */
export const USERS_PATH = '/users';
