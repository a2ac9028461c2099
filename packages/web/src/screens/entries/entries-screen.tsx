import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useUrl } from '../../app/url.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import { Empty } from '../../ui/empty.tsx';
import { IconList, IconPlus } from '../../ui/icons.ts';
import { ENTRIES_LIST } from './entries-list.tsx';
import { NewEntry } from './new-entry.tsx';
import { TEXTS } from './texts.ts';

/** The job queue entries of a company, or of all that somebody may see. */
export function Screen() {
  const { search, set } = useUrl();
  const list = useMemo(() => {
    const open = () => set({ new: 'entry' });
    const button = (
      <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={open}>
        {TEXTS.newEntry}
      </Button>
    );
    const whenEmpty = (
      <Empty icon={IconList} title={TEXTS.emptyTitle} text={TEXTS.emptyText}>
        {button}
      </Empty>
    );
    return { ...ENTRIES_LIST, buttons: button, whenEmpty };
  }, [set]);
  return (
    <>
      <DataList list={list} />
      {search['new'] !== undefined && (
        <NewEntry object={search['run'] ?? ''} onClose={() => set({ new: undefined, run: undefined })} />
      )}
    </>
  );
}
