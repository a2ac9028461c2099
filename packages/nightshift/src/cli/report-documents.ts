import { NightshiftError } from '../foundation/index.ts';
import type { InboxDocument } from '../reports/index.ts';
import type { Caller } from '../session/index.ts';
import { documentText, refuseIfThere, type SaveOptions, saveDocument, savePlaceOf } from './document-file.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseWholeNumber } from './parsing.ts';
import { askYesOrNo } from './question.ts';
import { counted } from './showing.ts';
import { reportInbox } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** Documents that are named when it is asked whether they are to be deleted. */
const NAMED_MAX = 5;

/** How `report mark` was called. */
export interface MarkOptions {
  readonly read?: boolean;
  readonly unread?: boolean;
}

/** Writes a document of the report inbox into a file, or on standard output. */
export async function fetchDocumentCommand(
  invocation: Invocation,
  number: string,
  options: SaveOptions,
): Promise<ExitCode> {
  const no = parseWholeNumber(number, 'no');
  const place = await savePlaceOf(invocation, options);
  await withCaller(invocation, {}, async (caller) => {
    const document = await reportInbox.get(caller, no);
    // It counts as read once it is fetched.
    await refuseIfThere(place, document);
    const savedAs = await saveDocument(invocation, place, await reportInbox.fetch(caller, no));
    if (savedAs === null) return;
    const { report, outputType, fileName, size } = document;
    invocation.answer(
      { no, report, outputType, fileName, size, savedAs },
      () => `Document ${no}, ${documentText(document)}, is saved as ${savedAs}.`,
    );
  });
  return EXIT.ok;
}

/** Marks documents as read, or as not read. */
export async function markDocumentsCommand(
  invocation: Invocation,
  numbers: readonly string[],
  { read = false, unread = false }: MarkOptions,
): Promise<ExitCode> {
  if (read === unread)
    throw new NightshiftError('VALIDATION', 'Give either --read or --unread.', { field: 'read' });
  const wanted = numbersOf(numbers);
  await withCaller(invocation, {}, async (caller) => {
    await documentsOf(caller, wanted);
    const changed = await reportInbox.mark(caller, { numbers: wanted, read });
    invocation.answer(
      { changed },
      () => `${counted(changed, 'document')} marked as ${read ? 'read' : 'not read'}.`,
    );
  });
  return EXIT.ok;
}

/** Deletes documents, after asking. */
export async function deleteDocumentsCommand(
  invocation: Invocation,
  numbers: readonly string[],
  { yes = false }: { readonly yes?: boolean },
): Promise<ExitCode> {
  const wanted = numbersOf(numbers);
  return withCaller(invocation, {}, async (caller) => {
    const documents = await documentsOf(caller, wanted);
    if (!yes && !(await mayDelete(invocation, documents))) {
      invocation.answer({ deleted: 0 }, () => 'Nothing was deleted.');
      return EXIT.failed;
    }
    const deleted = await reportInbox.delete(caller, { numbers: wanted });
    invocation.answer({ deleted }, () => `${counted(deleted, 'document')} deleted.`);
    return EXIT.ok;
  });
}

function numbersOf(texts: readonly string[]): readonly number[] {
  return [...new Set(texts.map((text) => parseWholeNumber(text, 'no')))];
}

/** All of them, or none: what is misspelt is told before anything is done. @throws NightshiftError DOCUMENT_UNKNOWN */
async function documentsOf(caller: Caller, numbers: readonly number[]): Promise<readonly InboxDocument[]> {
  const documents: InboxDocument[] = [];
  for (const no of numbers) documents.push(await reportInbox.get(caller, no));
  return documents;
}

/** @throws NightshiftError VALIDATION when nobody can be asked */
async function mayDelete(
  { surroundings }: Invocation,
  documents: readonly InboxDocument[],
): Promise<boolean> {
  if (surroundings.input.interactive) {
    const named = documents.slice(0, NAMED_MAX).map(({ fileName, user }) => `${fileName} of ${user}`);
    const more = documents.length > NAMED_MAX ? [`${documents.length - NAMED_MAX} more`] : [];
    return askYesOrNo(surroundings, `Delete ${[...named, ...more].join(', ')}, for good?`, false);
  }
  throw new NightshiftError(
    'VALIDATION',
    'Deleting documents is asked about, and there is nobody to answer: confirm with --yes.',
    { field: 'yes' },
  );
}
