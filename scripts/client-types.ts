// Writes packages/client/src/types.ts, the types of the HTTP interface, from its specification. `--check` writes nothing and fails
// when the file is not current.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openApiDocument } from 'nightshift/server';
import { repositoryRoot } from './source-files.ts';

const FILE = path.join('packages', 'client', 'src', 'types.ts');

const HEADER = `// The types of the HTTP interface. Made by "npm run openapi"; do not edit.
`;

type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: Schema }>> }>
  >;
}

function typeOf(schema: Schema): string {
  const { $ref: reference, enum: words, anyOf, oneOf, type } = schema;
  if (typeof reference === 'string') return reference.split('/').at(-1) ?? 'unknown';
  if (Array.isArray(words)) return words.map((word) => JSON.stringify(word)).join(' | ');
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (choices !== undefined) return choices.map(typeOf).join(' | ');
  if (Array.isArray(type)) return type.map((each) => typeOf({ ...schema, type: each })).join(' | ');
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `readonly (${typeOf((schema['items'] ?? {}) as Schema)})[]`;
    case 'object':
      return objectType(schema);
    default:
      return 'unknown';
  }
}

function objectType({ properties, required, additionalProperties }: Schema): string {
  const fields = Object.entries((properties ?? {}) as Record<string, Schema>);
  if (fields.length === 0) {
    const values =
      typeof additionalProperties === 'object' && additionalProperties !== null ? additionalProperties : null;
    return values === null
      ? 'Readonly<Record<string, never>>'
      : `Readonly<Record<string, ${typeOf(values as Schema)}>>`;
  }
  const needed = new Set((required ?? []) as string[]);
  const lines = fields.map(([name, part]) => {
    const { description } = part;
    const comment = typeof description === 'string' ? `/** ${description} */ ` : '';
    return `${comment}readonly ${name}${needed.has(name) ? '' : '?'}: ${typeOf(part)}${needed.has(name) ? '' : ' | undefined'}`;
  });
  return `{\n  ${lines.join(';\n  ')};\n}`;
}

function partOf(operation: Operation, place: 'path' | 'query'): string {
  const fields = operation.parameters.filter((parameter) => parameter.in === place);
  if (fields.length === 0) return 'null';
  const lines = fields.map(
    ({ name, required, schema }) =>
      `readonly ${name}${required ? '' : '?'}: ${typeOf(schema)}${required ? '' : ' | undefined'}`,
  );
  return `{ ${lines.join('; ')} }`;
}

function answerOf({ responses }: Operation): string {
  const good = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  if (good?.content?.['application/octet-stream'] !== undefined) return 'Blob';
  const schema = good?.content?.['application/json']?.schema;
  return schema === undefined ? 'undefined' : typeOf(schema);
}

function text(): string {
  const document = openApiDocument() as unknown as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  };
  const types = Object.entries(document.components.schemas).map(
    ([name, schema]) => `/** ${schema['description'] ?? name} */\nexport type ${name} = ${typeOf(schema)};\n`,
  );
  const operations = Object.entries(document.paths).flatMap(([address, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      address,
      method: method.toUpperCase(),
      operation,
    })),
  );
  const declared = operations.map(({ operation }) => {
    const body =
      operation.requestBody === undefined
        ? 'null'
        : typeOf(operation.requestBody.content['application/json'].schema);
    const parts = `params: ${partOf(operation, 'path')};\n    query: ${partOf(operation, 'query')};\n    body: ${body};\n    answer: ${answerOf(operation)};`;
    return `  /** ${operation.summary} */\n  '${operation.operationId}': {\n    ${parts}\n  };`;
  });
  const table = operations.map(({ address, method, operation }) => {
    const versioned = operation.parameters.some(({ name }) => name === 'If-Match');
    return `  '${operation.operationId}': { method: '${method}', path: '${address}', versioned: ${versioned} },`;
  });
  return `${HEADER}
${types.join('\n')}
/** Every operation: what it takes, and what it answers. */
export interface Operations {
${declared.join('\n')}
}

/** Where each is. */
export const OPERATIONS: Readonly<
  Record<keyof Operations, { readonly method: string; readonly path: string; readonly versioned: boolean }>
> = {
${table.join('\n')}
};
`;
}

function main(): void {
  const file = path.join(repositoryRoot, FILE);
  const present = existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '';
  const current = text();
  if (current === present) {
    console.log(`client types: ${FILE} is current`);
  } else if (process.argv.includes('--check')) {
    console.log(
      `client types: ${FILE} is not what the specification says; run "npm run openapi" and review the change`,
    );
    process.exitCode = 1;
  } else {
    writeFileSync(file, current);
    console.log(`client types: ${FILE} is written`);
  }
}

main();
