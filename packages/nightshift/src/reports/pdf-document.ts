import { createRequire } from 'node:module';
import { totalsOf, type ValueLocale, type ValueText, valueTextOf } from './column-values.ts';
import type { DocumentOrder } from './document-order.ts';
import type { FullColumn, ReadTable, ReportRow } from './report-table.ts';

/** In points, 72 an inch. */
const MARGIN = 36;
const FONT_SIZE = 8;
const TITLE_SIZE = 14;
const CELL_GAP = 6;
const ROW_GAP = 3;
/** Lines of a cell that are shown. */
const LINES_MAX = 6;
/** Rows by which the widths of columns are chosen. */
const SAMPLED_ROWS = 200;
/** Narrower columns than that are none: the page is turned before. */
const WIDTH_MIN = 28;
/** Of a column, as a part of the page, where others need room too. */
const SHARE_MAX = 0.4;
/** Of the room that texts would like, so much at least; else numbers and dates give way as well. */
const TEXT_PART_MIN = 0.3;

const require = createRequire(import.meta.url);

/** A column on the page. */
interface PlacedColumn {
  readonly column: FullColumn;
  readonly text: ValueText;
  readonly left: number;
  readonly width: number;
}

/** A table on pages of A4: upright, or across where it is wide. Captions stand on each page, sums below the last row. */
export async function pdfDocument(order: Omit<DocumentOrder, 'outputType'>): Promise<Buffer> {
  const { table, locale, createdAt } = order;
  // Only when it is needed: it takes as long to load as the rest of a server instance.
  const { default: PdfKit } = await import('pdfkit');
  const doc = new PdfKit({
    size: 'A4',
    margin: MARGIN,
    autoFirstPage: false,
    bufferPages: true,
    info: { Title: table.title, CreationDate: createdAt, Producer: 'Nightshift' },
    lang: locale.language,
  });
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    doc.once('end', resolve);
    doc.once('error', reject);
  });
  doc.registerFont('plain', require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf'));
  doc.registerFont('bold', require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf'));
  const page = new Pages(doc, order);
  for (const row of table.rows) page.add(row, 'plain');
  const totals = totalsOf(table);
  if (totals !== null) page.add(totals, 'bold');
  page.number();
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

/** The pages of a table, as they fill. */
class Pages {
  readonly #doc: PDFKit.PDFDocument;
  readonly #footer: string;
  readonly #layout: 'portrait' | 'landscape';
  readonly #columns: readonly PlacedColumn[];
  readonly #lineHeight: number;
  #top = 0;

  constructor(doc: PDFKit.PDFDocument, { table, locale, footer }: Omit<DocumentOrder, 'outputType'>) {
    this.#doc = doc;
    this.#footer = footer;
    doc.font('plain').fontSize(FONT_SIZE);
    this.#lineHeight = doc.currentLineHeight(true);
    const { layout, columns } = placed(doc, table, locale);
    this.#layout = layout;
    this.#columns = columns;
    this.#begin();
    this.#heading(table);
    this.#captions();
  }

  get #bottom(): number {
    return this.#doc.page.height - MARGIN - 2 * this.#lineHeight;
  }

  add(row: ReportRow, font: 'plain' | 'bold'): void {
    const doc = this.#doc.font(font).fontSize(FONT_SIZE);
    const cells = this.#columns.map(({ column, text }) => text(row[column.name]));
    const height = this.#heightOf(cells);
    if (this.#top + height > this.#bottom) {
      this.#begin();
      this.#captions();
      doc.font(font).fontSize(FONT_SIZE);
    }
    if (font === 'bold') this.#line('#888888');
    this.#cells(cells, height);
  }

  /** Writes below each page which one it is. */
  number(): void {
    const { start, count } = this.#doc.bufferedPageRange();
    for (let index = start; index < start + count; index++) {
      const doc = this.#doc;
      doc.switchToPage(index);
      const { width, height } = doc.page;
      const place = { width: width - 2 * MARGIN, height: this.#lineHeight, lineBreak: false };
      // Below the margin nothing may be written, or another page begins.
      doc.page.margins.bottom = 0;
      doc.font('plain').fontSize(FONT_SIZE).fillColor('#666666');
      doc.text(this.#footer, MARGIN, height - MARGIN, { ...place, ellipsis: true });
      doc.text(`${index + 1} / ${count}`, MARGIN, height - MARGIN, { ...place, align: 'right' });
    }
  }

  #begin(): void {
    this.#doc.addPage({ size: 'A4', margin: MARGIN, layout: this.#layout });
    this.#top = MARGIN;
  }

  #heading({ title, subtitle }: ReadTable): void {
    const width = this.#doc.page.width - 2 * MARGIN;
    this.#doc.font('bold').fontSize(TITLE_SIZE).fillColor('#000000').text(title, MARGIN, MARGIN, { width });
    if (subtitle !== '')
      this.#doc.font('plain').fontSize(FONT_SIZE).fillColor('#555555').text(subtitle, { width });
    this.#top = this.#doc.y + 2 * ROW_GAP;
  }

  #captions(): void {
    this.#doc.font('bold').fontSize(FONT_SIZE);
    const captions = this.#columns.map(({ column }) => column.caption);
    this.#cells(captions, this.#heightOf(captions));
    this.#line('#888888');
  }

  #heightOf(cells: readonly string[]): number {
    const heights = cells.map((cell, index) =>
      cell.length < 8
        ? this.#lineHeight
        : this.#doc.heightOfString(cell, { width: this.#columns[index]?.width ?? 0 }),
    );
    return Math.min(Math.max(this.#lineHeight, ...heights), LINES_MAX * this.#lineHeight);
  }

  #cells(cells: readonly string[], height: number): void {
    const doc = this.#doc.fillColor('#000000');
    for (const [index, { column, left, width }] of this.#columns.entries()) {
      const text = cells[index] ?? '';
      if (text === '') continue;
      const align = column.type === 'number' ? 'right' : 'left';
      doc.text(text, left, this.#top, { width, height, align, ellipsis: true });
    }
    this.#top += height + ROW_GAP;
  }

  #line(color: string): void {
    const last = this.#columns.at(-1);
    const right = (last?.left ?? 0) + (last?.width ?? 0);
    const at = this.#top - ROW_GAP / 2;
    this.#doc.moveTo(MARGIN, at).lineTo(right, at).lineWidth(0.5).stroke(color);
  }
}

/** Chooses which way the page stands, and how wide columns are: as wide as they need, and where that is too much, in proportion. */
function placed(
  doc: PDFKit.PDFDocument,
  table: ReadTable,
  locale: ValueLocale,
): { readonly layout: 'portrait' | 'landscape'; readonly columns: readonly PlacedColumn[] } {
  const texts = table.columns.map((column) => valueTextOf(column, locale));
  const totals = totalsOf(table);
  const sample = table.rows.slice(0, SAMPLED_ROWS);
  const needed = table.columns.map(({ name, caption }, index) => {
    const text = (row: ReportRow | null) => (row === null ? '' : (texts[index]?.(row[name]) ?? ''));
    const widths = sample.map((row) => doc.font('plain').widthOfString(text(row)));
    const bold = [caption, text(totals)].map((each) => doc.font('bold').widthOfString(each));
    return Math.max(WIDTH_MIN, ...bold, ...widths) + 1;
  });
  const gaps = CELL_GAP * (needed.length - 1);
  const [short, long] = [595.28 - 2 * MARGIN, 841.89 - 2 * MARGIN];
  const total = sumOf(needed) + gaps;
  const layout = total > short ? 'landscape' : 'portrait';
  const room = (layout === 'landscape' ? long : short) - gaps;
  const widths = total - gaps <= room ? needed : shrunk(table.columns, needed, room);
  let left = MARGIN;
  const columns = table.columns.map((column, index) => {
    const width = widths[index] ?? 0;
    const place = { column, text: texts[index] ?? String, left, width };
    left += width + CELL_GAP;
    return place;
  });
  return { layout, columns };
}

/** Texts can go over several lines, so they give way first, and of them the widest. */
function shrunk(columns: readonly FullColumn[], needed: readonly number[], room: number): readonly number[] {
  const isText = (index: number) => columns[index]?.type === 'text';
  const capped = needed.map((width, index) => (isText(index) ? Math.min(width, room * SHARE_MAX) : width));
  const total = sumOf(capped);
  if (total <= room) return capped;
  const fixed = sumOf(capped.filter((_, index) => !isText(index)));
  const texts = total - fixed;
  const left = room - fixed;
  if (texts === 0 || left < texts * TEXT_PART_MIN) return capped.map((width) => (width * room) / total);
  return capped.map((width, index) => (isText(index) ? (width * left) / texts : width));
}

function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0);
}
