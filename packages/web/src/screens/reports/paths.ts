/** Where the reports of the application are. */
export const REPORTS_PATH = '/reports';
