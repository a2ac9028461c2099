import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import classes from './data-list.module.css';
import type { Acting } from './definition.ts';
import type { ListParts } from './parts.ts';
import { TEXTS } from './texts.ts';

/** How much of a list is shown, and how to get more; when its end comes into view more is read by itself. */
export function ListFoot<Row extends Acting>({ loaded }: ListParts<Row>) {
  const end = useRef<HTMLDivElement>(null);
  const { more, isFetching } = loaded;
  const latest = useRef(more);
  latest.current = isFetching ? null : more;
  useEffect(() => {
    const scroller = end.current?.parentElement?.querySelector('[data-scroll]');
    if (scroller === null || scroller === undefined) return undefined;
    const look = () => {
      if (scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 400) latest.current?.();
    };
    scroller.addEventListener('scroll', look, { passive: true });
    return () => scroller.removeEventListener('scroll', look);
  });
  return (
    <div className={classes.foot} ref={end}>
      <span role="status">{loaded.rows.length > 0 && TEXTS.shown(loaded.rows.length, loaded.total)}</span>
      {more !== null && (
        <Button size="compact-xs" onClick={more} loading={isFetching}>
          {TEXTS.loadMore}
        </Button>
      )}
      {loaded.isCut && <span>{TEXTS.cut}</span>}
    </div>
  );
}
