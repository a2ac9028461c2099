import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, changed } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import tableLook from '../../ui/card/table.module.css';
import { numberText } from '../../ui/format.ts';
import { IconRestart } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { FAILED_WORK_PATH } from '../failed-work/paths.ts';
import { WORK_ITEMS_PATH } from '../work-items/paths.ts';
import classes from './log-entries.module.css';
import { TEXTS } from './texts.ts';
import type { RunKnown } from './use-run.ts';

const { items: WORDS, done: DONE } = TEXTS;

/** How the items of a run went, and which of them are still open. */
export function ItemsTab({ known }: { readonly known: RunKnown }) {
  const { run, facts, company } = known;
  const { itemCounts } = run;
  const tables = facts?.failedItems ?? [];
  if (itemCounts === null && tables.length === 0) return <p className={classes.quiet}>{WORDS.none}</p>;
  return (
    <>
      {itemCounts !== null && (
        <Section title={WORDS.counts}>
          <div className={classes.counts}>
            {(['ok', 'failed', 'skipped'] as const).map((each) => (
              <span key={each} data-kind={each} data-none={itemCounts[each] === 0}>
                <b>{numberText(itemCounts[each])}</b> {WORDS[each]}
              </span>
            ))}
          </div>
          {tables.length === 0 && itemCounts.failed > 0 && (
            <Link to={FAILED_WORK_PATH as never} search={{ company, of: 'items' } as never}>
              {WORDS.all}
            </Link>
          )}
        </Section>
      )}
      {tables.length > 0 && facts !== undefined && (
        <Section title={WORDS.tables}>
          <div className={tableLook.scroll}>
            <table className={tableLook.table}>
              <thead>
                <tr>
                  <th>{WORDS.table}</th>
                  <th>{WORDS.open}</th>
                  <th>{WORDS.failedColumn}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {tables.map(({ table, items, failed }) => (
                  <tr key={table}>
                    <td>{table}</td>
                    <td>{numberText(items)}</td>
                    <td>{numberText(failed)}</td>
                    <td>
                      <Link
                        to={`${WORK_ITEMS_PATH}/${table}` as never}
                        search={
                          { company, status: 'Failed', sessionUniqueId: facts.sessionUniqueId } as never
                        }
                      >
                        {WORDS.show}
                      </Link>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className={classes.beneath}>
            <RetryItems known={known} label={WORDS.retry} />
          </div>
        </Section>
      )}
    </>
  );
}

/** Has just the failed items of a run tried again; nothing where none failed. */
export function RetryItems({ known, label }: { readonly known: RunKnown; readonly label: string }) {
  const { company, facts } = known;
  const [isBusy, setBusy] = useState(false);
  const failed = (facts?.failedItems ?? []).filter(({ failed: count }) => count > 0);
  const count = failed.reduce((sum, each) => sum + each.failed, 0);
  if (facts === undefined || count === 0) return null;
  const retry = async () => {
    setBusy(true);
    try {
      let done = 0;
      for (const { table } of failed) done += await retryOf(company, table, facts.sessionUniqueId);
      tell(DONE.retryItems(done));
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
      changed('workItems', 'jobQueueLogEntries');
    }
  };
  return (
    <Button leftSection={<IconRestart size={14} />} loading={isBusy} onClick={() => void retry()}>
      {`${label} (${numberText(count)})`}
    </Button>
  );
}

async function retryOf(company: string, table: string, sessionUniqueId: string): Promise<number> {
  const ids: number[] = [];
  const query = { status: 'Failed', sessionUniqueId, limit: 500 };
  for await (const { id } of api.all('workItems.list', { params: { company, table }, query })) ids.push(id);
  if (ids.length === 0) return 0;
  const { changed: done } = await api.call('workItems.retry', { params: { company, table }, body: { ids } });
  return done;
}
