import { ERROR_CODES } from '../foundation/index.ts';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly {
    name: string;
    in: string;
    required: boolean;
    description: string;
    schema: Json;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Json } } };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: Json }>> }>
  >;
}

interface Specification {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** The looks of the pages; a file of its own, since the policy allows none inside a page. */
export const DOCS_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
details { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 6px; margin: 0.5rem 0; padding: 0.5rem 1rem; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; }
`;

/** The specification to be read: a page without any script. */
export function docsPage(document: Json): string {
  const { info, paths, components } = document as unknown as Specification;
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.operationId.split('.')[0] ?? '';
      groups.set(tag, [...(groups.get(tag) ?? []), operationPart(path, method, operation)]);
    }
  }
  const parts = [...groups].map(
    ([tag, operations]) => `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>${operations.join('')}`,
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => schemaPart(name, schema));
  return page(
    `${info.title} ${info.version}`,
    `<p>${escaped(info.description)}</p>
<p><a href="/api/openapi.json">openapi.json</a> · <a href="/api/docs/problems">errors</a></p>
${parts.join('\n')}<h2>Types</h2>${schemas.join('\n')}`,
  );
}

/** Every error code, where the \`type\` of a problem leads. */
export function problemsPage(): string {
  const rows = Object.entries(ERROR_CODES)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([code, { status, help }]) =>
        `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escaped(help)}</td></tr>`,
    );
  return page(
    'Errors',
    `<table><tr><th>Code</th><th>Status</th><th>What to do</th></tr>${rows.join('')}</table>`,
  );
}

function operationPart(path: string, method: string, operation: Operation): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const rows = parameters.map(
    ({ name, in: place, required, description: text, schema }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${place}${required ? ', required' : ''}</td><td>${typeText(schema)}</td><td>${escaped(text ?? '')}</td></tr>`,
  );
  const body = requestBody?.content['application/json'].schema;
  const answers = Object.entries(responses).map(([status, { content = {} }]) => {
    const types = Object.entries(content).map(
      ([type, { schema }]) => `<code>${escaped(type)}</code> ${typeText(schema)}`,
    );
    return `<li>${escaped(status)}${types.length === 0 ? '' : `: ${types.join(' or ')}`}</li>`;
  });
  return `<details id="${escaped(operationId)}"><summary><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code> ${escaped(summary)}</summary>
<p>${escaped(description)}</p>
${rows.length === 0 ? '' : `<table>${rows.join('')}</table>`}
${body === undefined ? '' : `<p>Body: ${typeText(body)}</p>${fieldTable(body)}`}
<ul>${answers.join('')}</ul></details>`;
}

function schemaPart(name: string, schema: Json): string {
  return `<details id="type-${escaped(name)}"><summary><code>${escaped(name)}</code> ${escaped(String(schema['description'] ?? ''))}</summary>${fieldTable(schema)}</details>`;
}

function fieldTable(schema: Json): string {
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const rows = Object.entries(properties).map(
    ([name, part]) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${typeText(part)}</td><td>${escaped(String(part['description'] ?? ''))}</td></tr>`,
  );
  return rows.length === 0 ? '' : `<table>${rows.join('')}</table>`;
}

function typeText(schema: Json): string {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const name = escaped(reference.split('/').at(-1) ?? '');
    return `<a href="#type-${name}">${name}</a>`;
  }
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return choices.map((each) => typeText(each as Json)).join(' or ');
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((word) => `<code>${escaped(JSON.stringify(word))}</code>`).join(' or ');
  if (schema['type'] === 'array') return `list of ${typeText((schema['items'] ?? {}) as Json)}`;
  const format = schema['format'] === undefined ? '' : ` (${escaped(String(schema['format']))})`;
  return `${escaped(String(schema['type'] ?? 'anything'))}${format}`;
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><link rel="stylesheet" href="/api/docs/style.css"></head>
<body><h1>${escaped(title)}</h1>
${content}
</body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.codePointAt(0)};`);
}
