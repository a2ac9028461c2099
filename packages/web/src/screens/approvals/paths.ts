/** Where requests for approval are. */
export const APPROVALS_PATH = '/approvals';
