/** Where somebody lands. */
export const HOME_PATH = '/home';
