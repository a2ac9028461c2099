export { type DrizzleForOptions, drizzleFor } from './query-builders/drizzle-session.ts';
