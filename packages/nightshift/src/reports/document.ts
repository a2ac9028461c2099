import { csvDocument } from './csv-document.ts';
import type { DocumentOrder } from './document-order.ts';
import { htmlDocument } from './html-document.ts';
import { pdfDocument } from './pdf-document.ts';
import { xlsxDocument } from './xlsx-document.ts';

/** Makes a document of a table. */
export async function makeDocument(order: DocumentOrder): Promise<Buffer> {
  const { table, outputType, locale, footer } = order;
  switch (outputType) {
    case 'CSV':
      return csvDocument(table);
    case 'HTML':
      return htmlDocument(table, locale, footer);
    case 'XLSX':
      return xlsxDocument(table, locale.timeZone);
    case 'PDF':
      return pdfDocument(order);
  }
}
