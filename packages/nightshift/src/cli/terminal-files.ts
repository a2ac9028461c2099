import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NightshiftError } from '../foundation/index.ts';
import { oneLine, shortened, visible } from './printable-text.ts';
import { askLine, askYesOrNo } from './question.ts';
import type { Surroundings } from './surroundings.ts';

/** Largest file that is handed to a session, in bytes. */
export const UPLOAD_BYTES_MAX = 50 * 1_024 * 1_024;
/** Longest name of a file that a session gives, in bytes; file systems take 255. */
const NAME_BYTES_MAX = 200;
/** Files of the same name that are tried one after the other: `report (2).csv`. */
const NAMES_MAX = 1_000;
const NAME_DEFAULT = 'download';

/** What file dialogs need of the outside world. */
export type FileSurroundings = Pick<Surroundings, 'input' | 'output' | 'workingDirectory'>;

/** Asks for a file, until there is one that can be read. @throws NightshiftError SESSION_STOPPED when the person leaves */
export async function askForFile(surroundings: FileSurroundings, prompt: string): Promise<Uint8Array> {
  for (;;) {
    const typed = await askLine(surroundings, `${prompt} File:`);
    if (typed === '') continue;
    try {
      return await readUpload(path.resolve(surroundings.workingDirectory, typed));
    } catch (error) {
      surroundings.output.err(visible(fileErrorText(error)));
    }
  }
}

/** @throws Error with a sentence for the person */
async function readUpload(file: string): Promise<Uint8Array> {
  // Looked at before it is opened: opening a pipe waits for somebody who writes.
  const found = await stat(file);
  if (found.isDirectory()) throw new Error(`${file} is a folder.`);
  if (!found.isFile()) throw new Error(`${file} is not a file.`);
  if (found.size > UPLOAD_BYTES_MAX) throw tooLarge(file);
  const content = await readFile(file);
  if (content.length > UPLOAD_BYTES_MAX) throw tooLarge(file);
  return new Uint8Array(content.buffer, content.byteOffset, content.length);
}

function tooLarge(file: string): Error {
  return new Error(`${file} is larger than ${UPLOAD_BYTES_MAX / 1_024 / 1_024} MB.`);
}

/**
 * Writes what a session hands over where the person wants it, and never over a file without asking.
 * @throws NightshiftError SESSION_STOPPED when the person leaves; VALIDATION when the content is no bytes
 */
export async function askWhereToSave(
  surroundings: FileSurroundings,
  name: string,
  content: Uint8Array,
): Promise<void> {
  checkContent(content);
  const suggested = harmlessName(name);
  const { workingDirectory, output } = surroundings;
  for (;;) {
    const typed = await askLine(
      surroundings,
      `Save ${suggested} (${content.length} bytes) as [.${path.sep}${suggested}]:`,
    );
    const file = path.resolve(workingDirectory, typed === '' ? suggested : typed);
    try {
      const isNew = await writeNew(file, content);
      if (!isNew) {
        if (!(await askYesOrNo(surroundings, `${file} exists. Overwrite it?`, false))) continue;
        await writeFile(file, content);
      }
      output.err(visible(`Saved as ${file}.`));
      return;
    } catch (error) {
      if (error instanceof NightshiftError) throw error;
      output.err(visible(fileErrorText(error)));
    }
  }
}

/**
 * Writes what a session hands over into the working directory, under its name or, where that is taken, the next free one.
 * @throws NightshiftError VALIDATION when the content is no bytes; the file system's error
 */
export async function saveUnasked(
  { workingDirectory, output }: FileSurroundings,
  name: string,
  content: Uint8Array,
): Promise<void> {
  checkContent(content);
  const { name: stem, ext } = path.parse(harmlessName(name));
  for (let number = 1; number <= NAMES_MAX; number++) {
    const file = path.resolve(workingDirectory, number === 1 ? `${stem}${ext}` : `${stem} (${number})${ext}`);
    if (!(await writeNew(file, content))) continue;
    output.err(visible(`Saved as ${file} (--yes).`));
    return;
  }
  throw new NightshiftError('CONFLICT', `There are ${NAMES_MAX} files named ${stem}${ext} already.`);
}

/** Whether the file was new, and is written; false when there is something of that name. */
export async function writeNew(file: string, content: Uint8Array): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * A name that leads nowhere but into the folder it is put in, on any system: the last part of a path, without what is
 * hidden, invisible or reserved.
 */
export function harmlessName(name: string): string {
  const last = String(name).toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[\s.-]+|[\s.]+$/gu, '');
  const { name: stem, ext } = path.posix.parse(plain);
  const kept = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(stem.split('.')[0] ?? '') ? `_${stem}` : stem;
  return kept === '' ? NAME_DEFAULT : withinBytes(kept, ext);
}

/** Cuts the stem, and keeps the extension when it is a short one. */
function withinBytes(stem: string, ext: string): string {
  const end = Buffer.byteLength(ext) > 20 ? '' : ext;
  let kept = '';
  for (const character of stem) {
    if (Buffer.byteLength(kept + character + end) > NAME_BYTES_MAX) break;
    kept += character;
  }
  return `${kept}${end}`;
}

function checkContent(content: unknown): void {
  if (content instanceof Uint8Array) return;
  throw new NightshiftError('VALIDATION', 'What is downloaded is given as bytes: a Uint8Array.', {
    field: 'content',
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file or folder',
  EACCES: 'Access is denied',
  EPERM: 'Access is denied',
  EISDIR: 'That is a folder',
  ENOTDIR: 'There is no such folder',
};

/** What the file system refuses, as a sentence without its full stop. */
export function fileErrorText(error: unknown): string {
  const { code, path: file, message } = error as NodeJS.ErrnoException;
  const reason = REASONS[code ?? ''];
  return reason === undefined ? message : `${reason}: ${shortened(oneLine(file ?? ''), 500)}`;
}
