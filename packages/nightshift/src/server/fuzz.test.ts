import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Route } from '../contract/route.ts';
import { ROUTES } from '../contract/routes.ts';
import { jobQueue } from '../platform/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { STAGED_ORDERS } from '../testing/verb-calls-items.ts';
import { plain } from '../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from './index.ts';

// Whatever is sent to whatever route, within its schema or beside it: nothing breaks inside, and no text of PostgreSQL or of
// JavaScript comes out.

const RUNS = 25;
let kit: TestPlatform;
let server: NightshiftServer;
let entryId: string;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [plain],
    workItems: [STAGED_ORDERS],
    taskScheduler: { enableTaskScheduler: false },
  });
  entryId = (await jobQueue.create(kit.admin, { object: 'Plain' })).id;
  server = createServer(kit.platform, {
    authenticate: () => 'ADMIN',
    checkAnswers: true,
    requestsPerMinute: { known: 1e9, unknown: 1e9 },
  });
  await server.app.ready();
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

const NASTY = fc.constantFrom(
  ...[
    "'; drop table nightshift.company; --",
    '\\',
    '%',
    '_',
    '\u0001',
    '\u202e',
    '😀',
    '',
    ' ',
    '9'.repeat(20),
    '-1',
    '1e400',
  ],
  ...[
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-02-30T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    'Infinity',
  ],
);
const words = fc.oneof(NASTY, fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 20 }));

type Json = Record<string, unknown>;

/** Values that fit a JSON schema, mostly. */
function fitting(schema: Json): fc.Arbitrary<unknown> {
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum']);
  const choices = (schema['anyOf'] ?? schema['oneOf']) as Json[] | undefined;
  if (choices !== undefined) return fc.oneof(...choices.map(fitting));
  const types = [schema['type']].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: unknown, schema: Json): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object': {
      const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>);
      const fields = Object.fromEntries(properties.map(([name, part]) => [name, fitting(part)]));
      const required = ((schema['required'] ?? []) as string[]).filter((name) => name in fields);
      if (properties.length === 0)
        return fc.dictionary(words, fc.oneof(words, fc.integer(), fc.boolean()), { maxKeys: 4 });
      return fc.record(fields, { requiredKeys: required });
    }
    case 'array':
      return fc.array(fitting((schema['items'] ?? {}) as Json), { maxLength: 4 });
    case 'integer':
      return fc.integer({
        min: Number(schema['minimum'] ?? -1000),
        max: Math.min(2 ** 31, Number(schema['maximum'] ?? 1000)),
      });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return ofFormat(schema);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function ofFormat({ format, maxLength = 40, minLength = 0, pattern }: Json): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.oneof(fc.uuid(), fc.constant(entryId));
  if (format === 'date-time') {
    const years = {
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    };
    return fc.date(years).map((date) => date.toISOString());
  }
  if (typeof pattern === 'string' && pattern.startsWith('^\\d\\d:'))
    return fc.constantFrom('06:00', '23:59:59', '99:99', '24:00');
  const length = { minLength: Number(minLength), maxLength: Math.min(Number(maxLength), 60) };
  const known = fc.constantFrom('Plain', 'ADMIN', 'CRONUS', 'UTC', 'entry.read', 'R', '1D', '* * * * *');
  return fc.oneof(fc.string(length), fc.string({ unit: 'grapheme', ...length }), known, NASTY);
}

const schemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as Json;

/** Now and then something that does not fit at all. */
const beside = (schema: Json) =>
  fc.oneof({ weight: 4, arbitrary: fitting(schema) }, { weight: 1, arbitrary: fc.jsonValue() });

const EVERY = Object.entries(ROUTES as Readonly<Record<string, Route>>).filter(
  // Companies take long to make, and are no different; what holds the database back would hold the other cases back.
  ([name]) =>
    !['companies.create', 'companies.modify', 'users.modify', 'users.disable', 'assignments.remove'].includes(
      name,
    ),
);

test.each(EVERY)('%s breaks nothing, whatever it is sent', async (_, route) => {
  const params = fitting(schemaOf(route.params)) as fc.Arbitrary<Record<string, string>>;
  const query = fitting(schemaOf(route.query)) as fc.Arbitrary<Record<string, unknown>>;
  const body = route.body === null ? fc.constant(undefined) : beside(schemaOf(route.body));
  const request = fc.record({ params, query, body, isHere: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(request, async ({ params: given, query: asked, body: payload, isHere }) => {
      const values: Record<string, string> = { ...given, ...(isHere ? { company: 'CRONUS' } : {}) };
      if ('entryId' in values && isHere) values['entryId'] = entryId;
      const path = route.path.replaceAll(/\{(\w+)\}/g, (__, name: string) =>
        encoded(String(values[name] ?? 'x')),
      );
      const search = Object.entries(asked).map(([name, value]) => `${name}=${encoded(String(value))}`);
      const answer = await server.app.inject({
        method: route.method,
        url: `/api/v1${path}?${search.join('&')}`,
        headers: {
          host: 'localhost',
          origin: 'http://localhost',
          'content-type': 'application/json',
          'if-match': '*',
        },
        ...(route.changes ? { payload: JSON.stringify(payload) ?? '' } : {}),
      });
      expect([answer.statusCode, answer.body]).toEqual([
        expect.toSatisfy((status: number) => status < 500),
        answer.body,
      ]);
      expect(answer.body).not.toMatch(
        /SQLSTATE|at \S+ \(|invalid input syntax|violates|out of range for type/,
      );
    }),
    { numRuns: RUNS },
  );
});

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
