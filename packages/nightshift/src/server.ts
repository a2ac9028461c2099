export {
  createServer,
  createSignInLink,
  type NightshiftServer,
  openApiDocument,
  type RequestLogEntry,
  type ServerOptions,
} from './server/index.ts';
