/** Where categories and the rest of the setup are. */
export const CATEGORIES_PATH = '/categories';
export const SETUP_PATH = '/setup';
