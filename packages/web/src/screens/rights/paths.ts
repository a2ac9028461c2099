/** Where it is explained who may run what. */
export const RIGHTS_PATH = '/rights';
