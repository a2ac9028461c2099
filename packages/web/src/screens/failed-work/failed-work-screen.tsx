import { SegmentedControl } from '@mantine/core';
import { useScope } from '../../app/scope.ts';
import { useUrl } from '../../app/url.ts';
import { useLive } from '../../data/live.ts';
import classes from './failed-work.module.css';
import { ItemGroups } from './item-groups.tsx';
import { RunGroups } from './run-groups.tsx';
import { TEXTS } from './texts.ts';

const OF = Object.entries(TEXTS.of).map(([value, label]) => ({ value, label }));

/** Failed runs and failed work items by what is wrong with them, to be retried together. */
export function Screen() {
  const { search, set } = useUrl();
  const { companies } = useScope();
  useLive('jobQueueLogEntries', 'jobQueueEntries', 'workItems');
  const of = search['of'] === 'items' ? 'items' : 'runs';
  return (
    <section className={classes.screen}>
      <header className={classes.head}>
        <h1>{TEXTS.title}</h1>
        <p>{TEXTS.lead}</p>
        <SegmentedControl
          aria-label={TEXTS.title}
          data={OF}
          value={of}
          onChange={(wanted) => set({ of: wanted === 'items' ? 'items' : undefined })}
        />
      </header>
      {of === 'runs' ? <RunGroups companies={companies} /> : <ItemGroups companies={companies} />}
    </section>
  );
}
