/** A permission set as code shows it. */
export interface CodedPermissionSet {
  readonly name: string;
  readonly codeunits: readonly string[];
  readonly reports?: readonly string[];
  readonly tables: Readonly<Record<string, string>>;
}

/** Longest list that stands on one line, in characters. */
const LINE_LENGTH_MAX = 90;

/**
 * A permission set as the code that declares it.
 * @param remarks what is said behind a table's rights, by table
 */
export function permissionSetCode(
  { name, codeunits, reports = [], tables }: CodedPermissionSet,
  remarks: Readonly<Record<string, string>> = {},
): string {
  const notes = new Map(Object.entries(remarks));
  const named = Object.entries(tables).map(([table, rights]) => {
    const note = notes.get(table);
    return `    ${keyOf(table)}: ${quoted(rights)},${note === undefined ? '' : ` // ${note}`}`;
  });
  return [
    'permissionSet({',
    `  name: ${quoted(name)},`,
    ...listLines('codeunits', codeunits),
    ...listLines('reports', reports),
    ...(named.length === 0 ? [] : ['  tables: {', ...named, '  },']),
    '});',
  ].join('\n');
}

function listLines(field: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const line = `  ${field}: [${names.map(quoted).join(', ')}],`;
  if (line.length <= LINE_LENGTH_MAX) return [line];
  return [`  ${field}: [`, ...names.map((name) => `    ${quoted(name)},`), '  ],'];
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** JSON's escapes are JavaScript's, too. */
function quoted(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inside}'`;
}
