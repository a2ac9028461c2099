// Makes `virtual:help/<type>` of the specification: the sentence of each field of that type. So the help on a screen is the text of the
// interface, and a screen loads only what it shows.
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const PREFIX = 'virtual:help/';
const SPECIFICATION = new URL('../nightshift/openapi.json', import.meta.url);

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

type Schemas = Readonly<Record<string, Schema>>;

/** The sentences of a type; fields of an object inside it are `outer.inner`. @throws Error for a type that is not there */
export function helpOf(type: string, schemas: Schemas): Readonly<Record<string, string>> {
  const schema = schemas[type];
  if (schema === undefined) throw new Error(`virtual:help: the specification has no type ${type}`);
  return Object.fromEntries(sentences(schema, ''));
}

function sentences({ properties = {} }: Schema, before: string): readonly (readonly [string, string])[] {
  return Object.entries(properties).flatMap(([name, part]) => [
    ...(part.description === undefined ? [] : [[`${before}${name}`, part.description] as const]),
    ...sentences(part, `${before}${name}.`),
  ]);
}

/** The plugin for Vite. */
export function fieldHelp(): Plugin {
  return {
    name: 'nightshift-field-help',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const document = JSON.parse(readFileSync(SPECIFICATION, 'utf8')) as {
        components: { schemas: Schemas };
      };
      const help = helpOf(id.slice(PREFIX.length + 1), document.components.schemas);
      return `export const help = ${JSON.stringify(help)};`;
    },
  };
}
