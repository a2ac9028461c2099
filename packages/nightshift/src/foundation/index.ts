export { describeBytes } from './bytes.ts';
export { type Clock, systemClock } from './clock.ts';
export { csvText } from './csv-text.ts';
export { describeDuration, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.ts';
export { errorFingerprint } from './error-fingerprint.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  isNightshiftError,
  NightshiftError,
  withoutStacks,
} from './errors.ts';
export { given } from './given.ts';
export { derivedUuid, isUuid, randomSecret, randomUuid, uuidV7 } from './ids.ts';
export { type JsonValue, jsonText } from './json.ts';
export { lazily } from './lazily.ts';
export { checkLanguage, checkTimeZone } from './locale.ts';
export { parsedOptions } from './parsed-options.ts';
export { type Service, serviceOf } from './service.ts';
export { printable, type StoredError, storedErrorOf } from './stored-error.ts';
export { undebuggedThread } from './undebugged-thread.ts';
