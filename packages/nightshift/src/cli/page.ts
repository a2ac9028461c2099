/** A part of a page. Texts are plain: each form escapes them in its own way. */
export type PageBlock =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly headings: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

/** A page as Markdown. */
export function markdownOf(blocks: readonly PageBlock[]): string {
  return `${blocks.map(markdownBlock).join('\n\n')}\n`;
}

function markdownBlock(block: PageBlock): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${markdownText(block.text)}`;
    case 'paragraph':
      return markdownText(block.text);
    case 'table': {
      const row = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
      const line = `|${block.headings.map(() => '---').join('|')}|`;
      return [row(block.headings), line, ...block.rows.map(row)].join('\n');
    }
  }
}

/** On one line, without anything that Markdown or a browser behind it would obey. */
function markdownText(text: string): string {
  // Inside of a word an underscore means nothing.
  return oneLine(text).replaceAll(
    /[\\`*{}[\]<>#|~&!]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu,
    (found) => `\\${found}`,
  );
}

/** A page as HTML that needs nothing else. */
export function htmlOf(title: string, blocks: readonly PageBlock[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${htmlText(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    ...blocks.map(htmlBlock),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const STYLE = [
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}',
  'table{border-collapse:collapse;margin:1rem 0;width:100%}',
  'th,td{border:1px solid #c8c8c8;padding:.4rem .6rem;text-align:left;vertical-align:top}',
  'th{background:#f2f2f2}h2{margin-top:2.5rem}',
].join('');

function htmlBlock(block: PageBlock): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${htmlText(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${htmlText(block.text)}</p>`;
    case 'table': {
      const row = (cells: readonly string[], tag: string) =>
        `<tr>${cells.map((cell) => `<${tag}>${htmlText(cell)}</${tag}>`).join('')}</tr>`;
      const body = block.rows.map((cells) => row(cells, 'td'));
      return [
        '<table>',
        `<thead>${row(block.headings, 'th')}</thead>`,
        '<tbody>',
        ...body,
        '</tbody>',
        '</table>',
      ].join('\n');
    }
  }
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function htmlText(text: string): string {
  return oneLine(text).replaceAll(/[&<>"']/g, (found) => HTML[found] ?? found);
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
