import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode, HOUR_MS, NightshiftError } from '../foundation/index.ts';
import {
  isRetriableInFailureCodeunit,
  isRetriableInMain,
  NEVER_RETRIABLE,
  parseRetryExceptions,
  retryAfter,
  wantedDelayMs,
} from './retriable-errors.ts';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });
const named = (name: string, more: object = {}) => Object.assign(new Error('x'), { name, ...more });
const BOMB = new Proxy(
  {},
  {
    get() {
      throw new Error('bomb');
    },
    getPrototypeOf() {
      throw new Error('bomb');
    },
  },
);

describe('by itself', () => {
  test.each([
    '40000',
    '40001',
    '40003',
    '40P01',
    '55P03',
    '55006',
    '57P01',
    '57P02',
    '57P03',
    '57P05',
    '25P03',
    '25006',
    '08000',
    '08001',
    '08003',
    '08004',
    '08006',
    '08007',
    '53000',
    '53100',
    '53200',
    '53300',
    '26000',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EAI_AGAIN',
    'ENOTFOUND',
  ])('%s is retriable in the main codeunit', (code) => {
    expect(isRetriableInMain(withCode(code))).toBe(true);
  });

  test.each([
    '40002',
    '57014',
    '57P04',
    '25P02',
    '25P04',
    '25001',
    '08P01',
    '53400',
    '58030',
    '58000',
    '54000',
    '54001',
    '0A000',
    '42P01',
    '42703',
    '42883',
    '42501',
    '28000',
    '28P01',
    '3D000',
    '23505',
    '23P01',
    '23503',
    '23502',
    '23514',
    '22021',
    '22P02',
    '22003',
    '21000',
    '42601',
    'P0001',
    'XX001',
    'ENOENT',
    'ERR_INVALID_ARG_TYPE',
  ])('%s is not', (code) => {
    expect(isRetriableInMain(withCode(code))).toBe(false);
  });

  test.each(Object.entries(ERROR_CODES))(
    'our code %s is as its table says, also as a cause',
    (code, info) => {
      const error = new NightshiftError(code as ErrorCode, 'x');
      expect(isRetriableInMain(error)).toBe(info.retriable);
      expect(isRetriableInMain(new Error('wrapped', { cause: error }))).toBe(info.retriable);
    },
  );

  test('the outermost error that says anything decides', () => {
    const refused = new AggregateError([withCode('ECONNREFUSED'), withCode('23505')], '');
    expect(isRetriableInMain(new TypeError('fetch failed', { cause: refused }))).toBe(true);
    const said = new NightshiftError('CODEUNIT_ERROR', 'x', { cause: withCode('40001') });
    expect(isRetriableInMain(said)).toBe(false);
    expect(isRetriableInMain(Object.assign(withCode('23505'), { cause: withCode('40001') }))).toBe(false);
  });

  test.each([null, undefined, 'no', 40001, Symbol('s'), BOMB, Object.create(null), () => undefined])(
    'whatever else is thrown is not: %#',
    (thrown) => {
      expect(isRetriableInMain(thrown)).toBe(false);
      expect(isRetriableInMain(thrown, parseRetryExceptions('Error'))).toBe(false);
      expect(isRetriableInFailureCodeunit(thrown)).toBe(true);
      expect(wantedDelayMs(thrown)).toBe(null);
    },
  );

  test('causes that go round in a circle are looked at once', () => {
    const one = new Error('one');
    one.cause = new Error('two', { cause: one });
    expect(isRetriableInMain(one)).toBe(false);
  });
});

describe('the list of exceptions', () => {
  test('is read as Business Central writes it', () => {
    expect(parseRetryExceptions('')).toEqual([]);
    expect(parseRetryExceptions(' ; FetchError ;DatabaseError:23505;; HttpError: 429 ')).toEqual([
      { name: 'FetchError', code: null },
      { name: 'DatabaseError', code: '23505' },
      { name: 'HttpError', code: '429' },
    ]);
  });

  test.each([
    'Name:',
    ':Code',
    'A:B:C',
    'My Error',
    'naïve',
    "x'y",
    `${'x'.repeat(101)}`,
    Array.from({ length: 101 }, (_, at) => `E${at}`).join(';'),
    ...NEVER_RETRIABLE,
    'NightshiftError:VALIDATION',
    'DatabaseError:42501',
  ])('refuses %s', (text) => {
    expect(() => parseRetryExceptions(text)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'taskSchedulerExecutionRetryExceptions' }),
    );
  });

  test.each([
    ['HttpError', named('HttpError'), true],
    ['HttpError', named('httperror'), false],
    ['HttpError:429', named('HttpError', { code: 429 }), true],
    ['HttpError:429', named('HttpError', { code: 500 }), false],
    ['HttpError:429', named('OtherError', { code: 429 }), false],
    ['Error:-111', withCode('E_LOCAL', { errno: -111 }), true],
    ['error:23505', named('error', { code: '23505' }), true],
    ['CODEUNIT_ERROR', new NightshiftError('CODEUNIT_ERROR', 'x'), true],
    ['NightshiftError:CODEUNIT_ERROR', new NightshiftError('CODEUNIT_ERROR', 'x'), true],
    ['SESSION_TIMEOUT', new NightshiftError('SESSION_TIMEOUT', 'x'), true],
    ['ENOENT', withCode('ENOENT'), false],
    ['HttpError', new Error('import failed', { cause: named('HttpError') }), true],
  ])('%s and the error of row %# fit: %s', (text, error, fits) => {
    expect(isRetriableInMain(error, parseRetryExceptions(text))).toBe(fits);
  });

  test('cannot make retriable what never is, however it names it', () => {
    const broad = parseRetryExceptions('NightshiftError;Error;error;DatabaseError');
    for (const code of NEVER_RETRIABLE) {
      const error = Object.hasOwn(ERROR_CODES, code)
        ? new NightshiftError(code as ErrorCode, 'x')
        : named('error', { code });
      expect(isRetriableInMain(error, broad)).toBe(false);
      expect(isRetriableInMain(new Error('wrapped', { cause: error }), broad)).toBe(false);
    }
    expect(isRetriableInMain(new NightshiftError('CODEUNIT_ERROR', 'x'), broad)).toBe(true);
  });
});

describe('retryAfter', () => {
  test('is retriable, says how long, and begins its stack where it was called', () => {
    const error = retryAfter(90_000, 'the shop is closed');
    expect(error).toMatchObject({ code: 'RETRY_LATER', message: 'the shop is closed' });
    expect(error.stack?.split('\n')[1]).toContain('retriable-errors.test.ts');
    expect(isRetriableInMain(error)).toBe(true);
    expect(isRetriableInFailureCodeunit(error)).toBe(true);
    expect(wantedDelayMs(error)).toBe(90_000);
    expect(wantedDelayMs(new Error('wrapped', { cause: error }))).toBe(90_000);
  });

  test('is cut at 48 h, whoever made it', () => {
    expect(wantedDelayMs(retryAfter(Number.POSITIVE_INFINITY, 'x'))).toBe(48 * HOUR_MS);
    const made = new NightshiftError('RETRY_LATER', 'x', { details: { delayMs: 1e12 } });
    expect(wantedDelayMs(made)).toBe(48 * HOUR_MS);
    expect(wantedDelayMs(retryAfter(0, 'x'))).toBe(0);
  });

  test.each([-1, Number.NaN, '5', undefined, null, 5n])('refuses to wait %s', (durationMs) => {
    expect(() => retryAfter(durationMs as number, 'x')).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'durationMs' }),
    );
  });

  test('needs a reason, and a wait that makes no sense is the policy’s', () => {
    expect(() => retryAfter(1, undefined as unknown as string)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'why' }),
    );
    for (const delayMs of [-1, Number.NaN, '5', null]) {
      expect(wantedDelayMs(new NightshiftError('RETRY_LATER', 'x', { details: { delayMs } }))).toBe(null);
    }
    expect(wantedDelayMs(new NightshiftError('CODEUNIT_ERROR', 'x', { details: { delayMs: 5 } }))).toBe(null);
  });
});

describe('in a failure codeunit', () => {
  test.each([
    'CALLBACK_NOT_ALLOWED',
    'CODEUNIT_UNKNOWN',
    'RECORD_INVALID',
    'SESSION_STOPPED',
    'SESSION_KILLED',
  ] as const)('%s is final', (code) =>
    expect(isRetriableInFailureCodeunit(new NightshiftError(code, 'x'))).toBe(false),
  );

  test.each([
    'CODEUNIT_ERROR',
    'SESSION_TIMEOUT',
    'VALIDATION',
    'PERMISSION_DENIED',
    'COMPANY_CANNOT_OPEN',
  ] as const)('%s is not', (code) =>
    expect(isRetriableInFailureCodeunit(new NightshiftError(code, 'x'))).toBe(true),
  );

  test('that its user may not run it is final', () => {
    const refusal = new NightshiftError('PERMISSION_DENIED', 'x', { details: { kind: 'codeunit' } });
    expect(isRetriableInFailureCodeunit(refusal)).toBe(false);
  });
});
