import { totalsOf, type ValueLocale, type ValueText, valueTextOf } from './column-values.ts';
import type { FullColumn, ReadTable, ReportRow } from './report-table.ts';

const STYLE = `body{font:14px/1.4 system-ui,sans-serif;margin:2rem;color:#1c1c1c;background:#fff}h1{font-size:1.4rem;margin:0}
p{margin:.2rem 0 1rem;color:#555}table{border-collapse:collapse}th,td{padding:.3rem .6rem;border-bottom:1px solid #ddd;text-align:start;
vertical-align:top;white-space:pre-wrap}thead th{border-bottom:2px solid #888}.number{text-align:end;font-variant-numeric:tabular-nums}
tfoot td{font-weight:600;border-top:2px solid #888;border-bottom:0}footer{margin-top:1rem;color:#555;font-size:.85em}`;

/** A table as a page that stands for itself: no scripts, nothing from elsewhere. */
export function htmlDocument(table: ReadTable, locale: ValueLocale, footer: string): Buffer {
  const { title, subtitle, columns, rows } = table;
  const texts = columns.map((column) => valueTextOf(column, locale));
  const totals = totalsOf(table);
  return Buffer.from(`<!doctype html>
<html lang="${escaped(locale.language)}"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p>${escaped(subtitle)}</p>
<table><thead><tr>${columns.map(headOf).join('')}</tr></thead>
<tbody>
${rows.map((row) => lineOf(columns, texts, row)).join('\n')}
</tbody>${totals === null ? '' : `\n<tfoot>${lineOf(columns, texts, totals)}</tfoot>`}</table>
<footer>${escaped(footer)}</footer>
</body></html>
`);
}

function headOf({ caption, type }: FullColumn): string {
  return `<th scope="col"${classOf(type)}>${escaped(caption)}</th>`;
}

function lineOf(columns: readonly FullColumn[], texts: readonly ValueText[], row: ReportRow): string {
  const cells = columns.map(
    ({ name, type }, index) => `<td${classOf(type)}>${escaped(texts[index]?.(row[name]) ?? '')}</td>`,
  );
  return `<tr>${cells.join('')}</tr>`;
}

function classOf(type: FullColumn['type']): string {
  return type === 'number' ? ' class="number"' : '';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
