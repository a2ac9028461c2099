// Names of tables and columns, quoted: they are case-sensitive, and whatever they hold they are nothing but names.
function quotedIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// Two rows at most: one is wanted, and a second one is a mistake.
export function selectRow(table: string, columns: readonly string[]): string {
  const conditions = columns.map((column, index) => `${quotedIdentifier(column)} = $${index + 1}`);
  return `select * from ${quotedIdentifier(table)} where ${conditions.join(' and ')} limit 2`;
}
