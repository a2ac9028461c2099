import { UnstyledButton } from '@mantine/core';
import { fetchDocument, type InboxDocument } from '../../data/reports.ts';
import { sizeText } from '../../ui/format.ts';
import { IconDownload } from '../../ui/icons.ts';
import { tellError } from '../../ui/notify.ts';
import classes from './inbox.module.css';
import { TEXTS } from './texts.ts';

/** A document by its name: pressed, the browser saves it. */
export function DocumentButton({
  company,
  document: { no, fileName, size },
}: {
  readonly company: string;
  readonly document: InboxDocument;
}) {
  return (
    <UnstyledButton
      className={classes.button ?? ''}
      aria-label={TEXTS.download(fileName, sizeText(size))}
      onClick={() => void fetchDocument({ company, no }).catch(tellError)}
    >
      <IconDownload size={14} aria-hidden />
      <span>{fileName}</span>
    </UnstyledButton>
  );
}
