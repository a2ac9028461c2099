export { type KyselyForOptions, kyselyFor } from './query-builders/kysely-session.ts';
