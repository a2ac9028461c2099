import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeBytes, NightshiftError } from '../foundation/index.ts';
import type { InboxDocument } from '../reports/index.ts';
import type { Invocation } from './invocation.ts';
import { fileErrorText, harmlessName, writeNew } from './terminal-files.ts';

/** How the commands that write documents were called. */
export interface SaveOptions {
  /** A file, a folder, or `-` for standard output. */
  readonly save?: string;
  /** Writes over a file that is there. Default: refuses to. */
  readonly force?: boolean;
}

/** Where a document goes. */
export interface SavePlace {
  /** The file; null: standard output. */
  fileFor(document: Pick<InboxDocument, 'fileName'>): string | null;
  readonly force: boolean;
}

/** `save`, which means standard output. */
const STANDARD_OUTPUT = '-';

/**
 * Where a document goes that is called by its own name where only a folder is named.
 * @throws NightshiftError VALIDATION for a place that no document can come to; CONFLICT for a file that is there
 */
export async function savePlaceOf(
  { settings, surroundings }: Invocation,
  { save = '.', force = false }: SaveOptions,
): Promise<SavePlace> {
  if (save === STANDARD_OUTPUT) {
    if (settings.json)
      throw refused('Standard output holds the document or the answer: --save - goes without --json.');
    // A document is anybody's, and a terminal obeys what is in it.
    if (surroundings.output.isTerminal)
      throw refused(
        'Standard output is a terminal: send the document on (> file, | program), or name a file.',
      );
    return { fileFor: () => null, force };
  }
  const wanted = path.resolve(surroundings.workingDirectory, save);
  const isFolder = (await stat(wanted).catch(() => null))?.isDirectory() === true;
  if (isFolder) return { fileFor: ({ fileName }) => path.join(wanted, harmlessName(fileName)), force };
  if (save === '' || /[/\\]$/.test(save)) throw refused(`There is no folder ${wanted}.`);
  const folder = await stat(path.dirname(wanted)).catch(() => null);
  if (folder?.isDirectory() !== true) throw refused(`There is no folder ${path.dirname(wanted)}.`);
  const place = { fileFor: () => wanted, force };
  await refuseIfThere(place, { fileName: '' });
  return place;
}

/**
 * Where a document would go that is not fetched yet.
 * @throws NightshiftError CONFLICT when there is a file already
 */
export async function refuseIfThere(
  { fileFor, force }: SavePlace,
  document: Pick<InboxDocument, 'fileName'>,
): Promise<void> {
  const file = fileFor(document);
  if (file !== null && !force && (await stat(file).catch(() => null)) !== null) throw taken(file);
}

/**
 * Writes a document where it goes.
 * @returns the file; null: standard output
 * @throws NightshiftError VALIDATION with what the file system says; CONFLICT when there is a file already
 */
export async function saveDocument(
  { surroundings }: Invocation,
  { fileFor, force }: SavePlace,
  { fileName, content }: { readonly fileName: string; readonly content: Uint8Array },
): Promise<string | null> {
  const file = fileFor({ fileName });
  if (file === null) {
    surroundings.output.bytes(content);
    return null;
  }
  try {
    if (force) await writeFile(file, content);
    else if (!(await writeNew(file, content))) throw taken(file);
    return file;
  } catch (error) {
    if (error instanceof NightshiftError) throw error;
    throw refused(`The document cannot be written. ${fileErrorText(error)}.`, error);
  }
}

/** What is said of a file: `Sales List 2026-11-23.pdf (12 kB)`. */
export function documentText({ fileName, size }: Pick<InboxDocument, 'fileName' | 'size'>): string {
  return `${fileName} (${describeBytes(size)})`;
}

function taken(file: string): NightshiftError {
  return new NightshiftError('CONFLICT', `There is a file ${file} already; --force writes over it.`, {
    field: 'save',
  });
}

function refused(text: string, cause?: unknown): NightshiftError {
  return new NightshiftError('VALIDATION', text, { field: 'save', cause });
}
