export { createServer, type NightshiftServer } from './create-server.ts';
export { openApiDocument } from './openapi.ts';
export type { RequestLogEntry, ServerOptions } from './server-options.ts';
export { createSignInLink } from './sign-in/sign-in-link.ts';
