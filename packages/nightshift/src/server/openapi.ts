import { z } from 'zod';
import { VERBS } from '../contract/permissions.ts';
import type { Route } from '../contract/route.ts';
import { ROUTES } from '../contract/routes.ts';
import { problem } from '../contract/wire.ts';
import { VERSION } from '../platform/index.ts';

type Json = Record<string, unknown>;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const INTRODUCTION = `Background processing on PostgreSQL: the job queue, the task scheduler, sessions, and who may do what.
Instants are RFC 3339 in UTC, durations milliseconds. Errors are problem documents (RFC 9457) with a code of the table at
/api/docs/problems. What you may not see is answered as if it were not there.`;

/** The specification of the interface (OpenAPI 3.1), made from the contract. */
export function openApiDocument(): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(ROUTES as Readonly<Record<string, Route>>)) {
    const path = `/api/v1${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route, schemas) };
  }
  schemaOf(problem, 'output', schemas);
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: DIALECT,
    info: { title: 'Nightshift', version: VERSION, description: INTRODUCTION.replaceAll('\n', ' ') },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }, { signedIn: [] }],
    tags: [...new Set(Object.keys(ROUTES).map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: ns_…' },
        signedIn: {
          type: 'apiKey',
          in: 'cookie',
          name: 'nightshift.session_token',
          description: 'Set by signing in.',
        },
      },
      schemas: sorted(schemas),
    },
  };
}

function tagOf(name: string): string {
  return name.split('.')[0] ?? '';
}

function operationOf(name: string, route: Route, schemas: Json): Json {
  const { verbs, summary, body, access } = route;
  return {
    operationId: name,
    tags: [tagOf(name)],
    summary,
    description: needs(route),
    'x-verbs': verbs,
    ...(route.uses.length === 0 ? {} : { 'x-verbs-of-some': route.uses }),
    ...(access === 'open' || access === 'signature'
      ? { security: [] }
      : access === 'people'
        ? { security: [{ signedIn: [] }] }
        : {}),
    parameters: parametersOf(route, schemas),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { 'application/json': { schema: schemaOf(body, 'input', schemas) } },
          },
        }),
    responses: responsesOf(route, schemas),
  };
}

function needs({ verbs, access }: Route): string {
  if (access === 'open') return 'Takes nothing: it is open to everybody.';
  if (access === 'signature') return 'Takes a signature of the body, in the way of the intake; nothing else.';
  if (access === 'people') return 'Takes that you have signed in with a password; no API key does.';
  if (verbs.length === 0) return 'Takes nothing but to be known.';
  const words = verbs.map((verb) => `\`${verb}\` (${VERBS[verb].what})`);
  return `Takes ${words.join(', ')}.`;
}

function parametersOf(route: Route, schemas: Json): readonly Json[] {
  const header = (name: string, required: boolean, description: string) => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string' },
  });
  return [
    ...fieldsOf(route.params, 'path', schemas),
    ...fieldsOf(route.query, 'query', schemas),
    ...(route.etag === 'required'
      ? [header('If-Match', true, 'The ETag of the object as it was read, or *.')]
      : []),
    ...(route.idempotent
      ? [
          header(
            'Idempotency-Key',
            false,
            'A key of your own; a repeat with it within 24 hours gets the first answer.',
          ),
        ]
      : []),
  ];
}

function fieldsOf(schema: z.ZodObject, place: 'path' | 'query', schemas: Json): readonly Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    description,
    schema: rest,
  }));
}

function responsesOf(route: Route, schemas: Json): Json {
  const { answer, status, etag, csv, file } = route;
  const headers =
    etag === null ? {} : { headers: { ETag: { description: 'The version.', schema: { type: 'string' } } } };
  const json =
    answer === null || file ? {} : { 'application/json': { schema: schemaOf(answer, 'output', schemas) } };
  const text = csv ? { 'text/csv': { schema: { type: 'string' } } } : {};
  const bytes = file ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } : {};
  const content = answer === null ? {} : { content: { ...json, ...text, ...bytes } };
  return {
    [status]: { description: answer === null ? 'Done.' : 'The answer.', ...headers, ...content },
    default: {
      description: 'Why it was refused.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  };
}

/** A schema as JSON schema; parts with a name of their own are collected, and referred to. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  // As a field of something, so that a named schema is referred to as well.
  const made = z.toJSONSchema(z.object({ it: schema }), {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => tidy(jsonSchema as Json),
  }) as unknown as { properties: { it: Json }; $defs?: Record<string, Json> };
  for (const [name, { id: _, ...definition }] of Object.entries(made.$defs ?? {})) {
    schemas[name] = referring(definition);
  }
  return referring(made.properties.it) as Json;
}

/** Takes out what only this server's own checks need. */
function tidy(schema: Json): void {
  if (schema['type'] === 'integer' || schema['type'] === 'boolean' || schema['format'] !== undefined) {
    delete schema['pattern'];
    delete schema['enum'];
  }
  for (const bound of ['minimum', 'maximum'])
    if (Math.abs(Number(schema[bound])) >= Number.MAX_SAFE_INTEGER) delete schema[bound];
}

function referring(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(referring);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) =>
      key === '$ref' && typeof part === 'string'
        ? [key, part.replace('#/$defs/', '#/components/schemas/')]
        : [key, referring(part)],
    ),
  );
}

function sorted(values: Json): Json {
  return Object.fromEntries(Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1)));
}
