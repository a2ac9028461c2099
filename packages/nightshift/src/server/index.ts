export { createServer, type NightshiftServer } from './create-server.ts';
export { openApiDocument } from './openapi.ts';
export type { RequestLogEntry, ServerOptions } from './server-options.ts';
export type { OidcOptions } from './sign-in/oidc.ts';
export { endSignInsOf, listSignInsOf, resetSecondFactor } from './sign-in/sign-in-administration.ts';
export { createSignInLink, declareSubject } from './sign-in/sign-in-link.ts';
