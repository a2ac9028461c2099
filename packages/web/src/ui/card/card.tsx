import { Tabs } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useUrl } from '../../app/url.ts';
import { IconChevronLeft } from '../icons.ts';
import classes from './card.module.css';

/** A tab of a card. */
export interface CardTab {
  /** In the address. */
  readonly id: string;
  readonly label: string;
  readonly content: ReactNode;
}

/** What a card is made of. */
export interface CardProps {
  /** The list that it is from. */
  readonly back: { readonly to: string; readonly label: string };
  readonly title: string;
  /** Beside the title, such as the status. */
  readonly badge?: ReactNode;
  /** What happens next, in one sentence. */
  readonly lead?: ReactNode;
  /** The bar of actions. */
  readonly actions?: ReactNode;
  readonly tabs: readonly CardTab[];
  /** Beside the tabs, beneath them on narrow screens. */
  readonly side?: ReactNode;
}

/** One thing with all that is known of it: head, actions, tabs, and a panel beside them. The tab is in the address. */
export function Card({ back, title, badge, lead, actions, tabs, side }: CardProps) {
  const { search, set } = useUrl();
  const first = tabs[0]?.id ?? '';
  const open = tabs.some(({ id }) => id === search['tab']) ? (search['tab'] ?? first) : first;
  return (
    <article className={classes.card}>
      <header className={classes.head}>
        <Link to={back.to as never} className={classes.back}>
          <IconChevronLeft size={14} aria-hidden />
          {back.label}
        </Link>
        <div className={classes.titleRow}>
          <h1 className={classes.title}>{title}</h1>
          {badge}
        </div>
        {lead !== undefined && <p className={classes.lead}>{lead}</p>}
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </header>
      <div className={classes.body} data-side={side !== undefined}>
        <Tabs
          value={open}
          onChange={(tab) => set({ tab: tab === first ? undefined : (tab ?? undefined) })}
          keepMounted={false}
          className={classes.tabs ?? ''}
        >
          <Tabs.List>
            {tabs.map(({ id, label }) => (
              <Tabs.Tab key={id} value={id}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {tabs.map(({ id, content }) => (
            <Tabs.Panel key={id} value={id} className={classes.panel ?? ''}>
              {content}
            </Tabs.Panel>
          ))}
        </Tabs>
        {side !== undefined && <aside className={classes.side}>{side}</aside>}
      </div>
    </article>
  );
}

/** A part of a card with a heading. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={classes.section}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Fields side by side where there is room. */
export function Fields({ children }: { readonly children: ReactNode }) {
  return <div className={classes.fields}>{children}</div>;
}
