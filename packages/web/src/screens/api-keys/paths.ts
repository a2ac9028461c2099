/** Where the API keys are. */
export const KEYS_PATH = '/api-keys';
