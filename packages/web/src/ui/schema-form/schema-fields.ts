/** What is asked for one property of an object. */
export interface SchemaField {
  readonly name: string;
  readonly label: string;
  readonly help: string | undefined;
  readonly kind: 'text' | 'number' | 'flag' | 'words' | 'date' | 'json';
  readonly words: readonly string[];
  readonly isRequired: boolean;
  /** Limits of a number. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** What is taken when nothing is given; undefined: nothing is. */
  readonly fallback: unknown;
}

type Schema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of a form for a JSON schema; null: it is none of an object whose properties are known. */
export function schemaFields(schema: unknown): readonly SchemaField[] | null {
  if (!isSchema(schema) || !isSchema(schema['properties'])) return null;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(schema['properties']).map(([name, part]) =>
    fieldOf(name, isSchema(part) ? part : {}, required.includes(name)),
  );
}

/**
 * What the parameters of entries are that run a codeunit, by the schema of its record, of which they are a part.
 * @returns null: it takes nothing; undefined: anything
 */
export function parametersSchema(record: unknown): unknown {
  if (record === null) return null;
  const parts = isSchema(record) ? record['properties'] : undefined;
  return isSchema(parts) ? parts['parameters'] : undefined;
}

/** What a codeunit says of itself in its schema; null: nothing. */
export function schemaDescription(schema: unknown): string | null {
  return isSchema(schema) && typeof schema['description'] === 'string' ? schema['description'] : null;
}

function fieldOf(name: string, part: Schema, isNamed: boolean): SchemaField {
  const schema = withoutNull(part);
  const title = schema['title'] ?? part['title'];
  const help = part['description'] ?? schema['description'];
  const words = Array.isArray(schema['enum'])
    ? schema['enum'].filter((each) => typeof each === 'string')
    : [];
  const fallback = part['default'] ?? schema['default'];
  return {
    name,
    label: typeof title === 'string' ? title : inWords(name),
    help: typeof help === 'string' ? help : undefined,
    kind: words.length > 0 ? 'words' : kindOf(schema),
    words,
    isRequired: isNamed && fallback === undefined,
    min: numberIn(schema, 'minimum'),
    max: numberIn(schema, 'maximum'),
    fallback,
  };
}

function numberIn(schema: Schema, name: string): number | undefined {
  const value = schema[name];
  // Those that only say what a computer can count to tell people nothing.
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** One that may be null is asked for as what it is otherwise. */
function withoutNull(schema: Schema): Schema {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(choices)) return schema;
  const others = choices.filter((each) => isSchema(each) && each['type'] !== 'null');
  return others.length === 1 && isSchema(others[0]) ? others[0] : schema;
}

function kindOf({ type, format }: Schema): SchemaField['kind'] {
  if (type === 'string') return format === 'date' ? 'date' : 'text';
  if (type === 'number' || type === 'integer') return 'number';
  return type === 'boolean' ? 'flag' : 'json';
}

/** `orderNo` as people read it: "Order no". */
function inWords(name: string): string {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The fields for what an object has that its schema says nothing of, by the values themselves. */
export function fieldsOfValues(values: Readonly<Record<string, unknown>>): readonly SchemaField[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    label: name,
    help: undefined,
    kind: kindOf({ type: typeof value }),
    words: [],
    isRequired: false,
    min: undefined,
    max: undefined,
    fallback: undefined,
  }));
}

/** What is wrong with a field, or with a part of it. */
export function faultAt(faults: Readonly<Record<string, string>>, path: string): string | undefined {
  return faults[path] ?? Object.entries(faults).find(([at]) => at.startsWith(`${path}.`))?.[1];
}
