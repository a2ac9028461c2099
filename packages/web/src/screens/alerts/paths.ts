/** Where alerts are. */
export const ALERTS_PATH = '/alerts';
