import { ActionIcon, Loader, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useUrl } from '../../app/url.ts';
import { Fault } from '../../ui/fault.tsx';
import { IconGuide, IconX } from '../../ui/icons.ts';
import classes from './guide.module.css';
import { GUIDE_PAGES, guideFor, isGuidePage } from './pages.ts';
import { TEXTS } from './texts.ts';

const CHOICES = Object.entries(TEXTS.pages).map(([value, label]) => ({ value, label }));

/** The guide beside a screen: the page of docs/ that fits it, or the one that was chosen; the address says which. */
export function GuidePanel({ asked, onClose }: { readonly asked: string; readonly onClose: () => void }) {
  const { set } = useUrl();
  const { pathname } = useLocation();
  const page = isGuidePage(asked) ? asked : guideFor(pathname);
  const [anchor, setAnchor] = useState('');
  const text = useRef<HTMLDivElement>(null);
  const { data, error } = useQuery({
    queryKey: ['guide', page],
    queryFn: async () => (await GUIDE_PAGES[page]()).html,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const turn = (next: string, to = '') => {
    setAnchor(to);
    set({ guide: next });
  };
  const latest = useRef(turn);
  latest.current = turn;
  useEffect(() => {
    const box = text.current;
    if (box === null || data === undefined) return undefined;
    // A page of docs/, made into HTML by our build, with its own HTML shown as text.
    box.replaceChildren(...new DOMParser().parseFromString(data, 'text/html').body.childNodes);
    // What scrolls is reached with the keyboard.
    for (const part of [box, ...box.querySelectorAll<HTMLElement>('pre, table')]) part.tabIndex = 0;
    const follow = (event: Event) => {
      const link = (event.target as HTMLElement).closest<HTMLElement>('a[href="#"]');
      if (link === null) return;
      event.preventDefault();
      const { page: next = page, anchor: to = '' } = link.dataset;
      if (isGuidePage(next)) latest.current(next, to);
    };
    box.addEventListener('click', follow);
    return () => box.removeEventListener('click', follow);
  }, [data, page]);
  useEffect(() => {
    if (data === undefined || text.current === null) return;
    const heading = anchor === '' ? null : document.getElementById(`guide-${anchor}`);
    if (heading === null) text.current.scrollTop = 0;
    else heading.scrollIntoView({ block: 'start' });
  }, [data, anchor]);
  return (
    <aside className={classes.panel} aria-label={TEXTS.title}>
      <header className={classes.head}>
        <IconGuide size={16} aria-hidden />
        <strong>{TEXTS.title}</strong>
        <NativeSelect
          className={classes.choice ?? ''}
          aria-label={TEXTS.page}
          data={CHOICES}
          value={page}
          onChange={(event) => turn(event.currentTarget.value)}
        />
        <ActionIcon aria-label={TEXTS.close} onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      {error !== null && <Fault error={error} />}
      {data === undefined && error === null && <Loader size="sm" role="status" aria-label={TEXTS.loading} />}
      {data !== undefined && <div ref={text} className={classes.text} />}
    </aside>
  );
}
