import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { classifyFailure, type FailureKind } from './sqlstate.ts';

const withCode = (code: string, message = 'from the server') => Object.assign(new Error(message), { code });

/** reference/faults.md, part D: the code, what the platform does, whether a user's task is run again. */
const TABLE: readonly (readonly [string, FailureKind, boolean])[] = [
  ['40001', 'transaction', true], // serialization_failure
  ['40P01', 'transaction', true], // deadlock_detected
  ['40000', 'transaction', true],
  ['40003', 'connection', true], // statement_completion_unknown
  ['40002', 'refused', false], // transaction_integrity_constraint_violation
  ['55P03', 'transaction', true], // lock_not_available
  ['55006', 'busy', true], // object_in_use
  ['57P01', 'connection', true], // admin_shutdown
  ['57P02', 'connection', true], // crash_shutdown
  ['57P03', 'connection', true], // cannot_connect_now
  ['57P04', 'refused', false], // database_dropped
  ['57P05', 'connection', true], // idle_session_timeout
  ['57014', 'refused', false], // query_canceled
  ['25P03', 'connection', true], // idle_in_transaction_session_timeout
  ['25P04', 'transaction', false], // transaction_timeout
  ['25P02', 'refused', false], // in_failed_sql_transaction
  ['25006', 'connection', true], // read_only_sql_transaction: a standby
  ['25001', 'refused', false],
  ['25P01', 'refused', false],
  ['2D000', 'refused', false],
  ...['08000', '08001', '08003', '08004', '08006', '08007'].map(
    (code) => [code, 'connection', true] as const,
  ),
  ['08P01', 'refused', false], // protocol_violation
  ['53300', 'busy', true], // too_many_connections
  ['53100', 'busy', true], // disk_full
  ['53200', 'busy', true], // out_of_memory
  ['53000', 'busy', true],
  ['53400', 'refused', false], // configuration_limit_exceeded
  ['58030', 'busy', false], // io_error
  ['58000', 'busy', false],
  ['XX001', 'refused', false], // data_corrupted
  ['XX002', 'refused', false],
  ['54000', 'refused', false],
  ['54001', 'refused', false],
  ['26000', 'schema', true], // invalid_sql_statement_name
  ['0A000', 'refused', false], // feature_not_supported
  ...['42P01', '42703', '42883', '42501', '42601', '42P18', '21000'].map(
    (code) => [code, 'refused', false] as const,
  ),
  ...['28000', '28P01', '3D000'].map((code) => [code, 'refused', false] as const),
  ...['23505', '23P01', '23503', '23502', '23514', '22021', '22P05', '22P02', '22003', '22007', '22023'].map(
    (code) => [code, 'refused', false] as const,
  ),
  ['P0001', 'refused', false],
  ['NS001', 'fence', false],
  ['NS002', 'refused', false],
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EAI_AGAIN',
    'ENOTFOUND',
  ].map((code) => [code, 'connection', true] as const),
];

/** What `pg` says without a code. */
const TEXTS = [
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
];

describe('the meaning of an error of the database', () => {
  it.each(TABLE)('%s is %s, retriable %s', (code, kind, retriable) => {
    expect(classifyFailure(withCode(code))).toEqual({ kind, retriable, code });
  });

  it.each(TEXTS)('"%s" is a lost connection', (text) => {
    expect(classifyFailure(new Error(text))).toEqual({ kind: 'connection', retriable: true, code: null });
  });

  it('a cached plan that no longer fits is tried once more, other missing features are not', () => {
    const cached = withCode('0A000', 'cached plan must not change result type');
    expect(classifyFailure(cached)).toEqual({ kind: 'schema', retriable: true, code: '0A000' });
  });

  it('a missing socket is a server that is not there, a missing file of user code is a mistake', () => {
    const socket = Object.assign(withCode('ENOENT'), { syscall: 'connect' });
    expect(classifyFailure(socket)).toMatchObject({ kind: 'connection', retriable: true });
    const file = Object.assign(withCode('ENOENT'), { syscall: 'open' });
    expect(classifyFailure(file)).toMatchObject({ kind: 'refused', retriable: false });
  });

  it('never reads a text when there is a code', () => {
    expect(classifyFailure(withCode('P0001', 'Connection terminated'))).toMatchObject({ kind: 'refused' });
    expect(classifyFailure(withCode('SOMETHING', 'Connection terminated'))).toMatchObject({
      kind: 'refused',
    });
  });

  it('does not take a whole class for one of its codes', () => {
    for (const code of ['57000', '53999', '08999', '40999']) {
      expect(classifyFailure(withCode(code))).toMatchObject({ kind: 'refused', retriable: false });
    }
  });

  it('looks through causes and through aggregates', () => {
    const deadlock = withCode('40P01');
    const wrapped = new NightshiftError('DATABASE_ERROR', 'x', {
      cause: new Error('y', { cause: deadlock }),
    });
    expect(classifyFailure(wrapped)).toMatchObject({ kind: 'transaction', code: '40P01' });
    const both = new AggregateError([withCode('ECONNREFUSED'), withCode('42601')], '');
    expect(classifyFailure(both)).toMatchObject({ kind: 'connection', code: 'ECONNREFUSED' });
    expect(classifyFailure(new AggregateError([], '', { cause: deadlock }))).toMatchObject({ code: '40P01' });
  });

  it('gives up on causes that go round, or on and on', () => {
    const round = new Error('round');
    round.cause = round;
    expect(classifyFailure(round)).toMatchObject({ kind: 'refused' });
    let deep: Error = withCode('40001');
    for (let level = 0; level < 10; level++) deep = new Error('level', { cause: deep });
    expect(classifyFailure(deep)).toMatchObject({ kind: 'refused', code: null });
  });

  it('names out of a prototype are no codes', () => {
    for (const code of ['constructor', '__proto__', 'toString', 'valueOf'])
      expect(classifyFailure({ code })).toEqual({ kind: 'refused', retriable: false, code: null });
  });

  it('is total: an object that throws when it is looked at is simply unknown', () => {
    const bomb = () => {
      throw new Error('boom');
    };
    const unknown = { kind: 'refused', retriable: false, code: null };
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const hostile = [
      new Proxy({}, { get: bomb }),
      proxy,
      Object.defineProperty({}, 'code', { get: bomb }),
      { errors: proxy },
      { cause: new Proxy({}, { get: bomb }) },
    ];
    for (const thrown of hostile) expect(classifyFailure(thrown)).toEqual(unknown);
  });

  it('is total, and every answer is one of the kinds (property)', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(...TABLE.map(([code]) => code), ...TEXTS));
    const kinds = ['transaction', 'connection', 'busy', 'schema', 'fence', 'refused'];
    const thrown = fc.oneof(
      fc.anything(),
      fc.record(
        { code: fc.oneof(text, fc.anything()), message: text, cause: fc.anything(), errors: fc.anything() },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(thrown, (value) => {
        const { kind, retriable, code } = classifyFailure(value);
        expect(kinds).toContain(kind);
        expect(typeof retriable).toBe('boolean');
        if (code === null && kind === 'refused') expect(retriable).toBe(false);
      }),
    );
  });
});
