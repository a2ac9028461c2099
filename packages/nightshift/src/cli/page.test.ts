import fc from 'fast-check';
import { expect, it } from 'vitest';
import { htmlOf, markdownOf, type PageBlock } from './page.ts';

const HOSTILE =
  '<script>alert(1)</script>\n# not a heading | cell `code` [link](javascript:x) "quoted" &amp;';
const blocks = (text: string): readonly PageBlock[] => [
  { kind: 'heading', level: 2, text },
  { kind: 'paragraph', text },
  { kind: 'table', headings: [text], rows: [[text]] },
];

it('shows hostile names as they are', () => {
  const html = htmlOf(HOSTILE, blocks(HOSTILE));
  expect(html).not.toContain('<script');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; # not a heading');
  const markdown = markdownOf(blocks(HOSTILE));
  expect(markdown.split('\n').filter((line) => line !== '')).toHaveLength(5);
  expect(markdown).toContain('\\<script\\>alert(1)\\</script\\> \\# not a heading \\| cell');
});

it('leaves plain names alone', () => {
  expect(markdownOf([{ kind: 'paragraph', text: 'table sales_order (R), _private, 2 * 3' }])).toBe(
    'table sales_order (R), \\_private, 2 \\* 3\n',
  );
});

it('has as many cells and lines as it was given, whatever is in them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('a|b', '\\|', 'line\nbreak', '\ud800', '💥|')), {
        minLength: 1,
        maxLength: 4,
      }),
      (cells) => {
        const table: PageBlock = { kind: 'table', headings: cells, rows: [cells] };
        const lines = markdownOf([table]).trimEnd().split('\n');
        expect(lines).toHaveLength(3);
        for (const line of lines) expect(line.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(cells.length + 1);
        expect(htmlOf('x', [table]).match(/<t[hd]>/g)).toHaveLength(2 * cells.length);
      },
    ),
  );
});
