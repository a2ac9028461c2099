import { help } from 'virtual:help/SessionEvent';
import type { Session } from '@nightshift/client/api';
import type { Column } from '../../ui/data-list/definition.ts';
import { Time } from '../../ui/time.tsx';
import { TEXTS } from './texts.ts';

/** What sessions and their events have in common. */
type Row = Omit<Session, 'state' | 'entry' | 'allowedActions'>;
type Name = keyof typeof TEXTS.columns;

/** A column of both lists. */
export function column<Of>(
  id: Name,
  width: number,
  cell: Column<Of>['cell'],
  more: Partial<Column<Of>> = {},
): Column<Of> {
  return { id, label: TEXTS.columns[id], help: help[id], width, cell, ...more };
}

/** Who, where, and since when. */
export const WHO: readonly Column<Row>[] = [
  column<Row>('clientType', 108, ({ clientType }) => clientType),
  column<Row>('user', 92, ({ user }) => user ?? '–'),
  column<Row>('instance', 166, ({ instance }) =>
    instance === null ? '–' : TEXTS.instance(instance.place, instance.host, instance.processId),
  ),
];

/** What is looked at seldom. */
export const SELDOM: readonly Column<Row>[] = [
  column<Row>('origin', 110, ({ origin }) => origin, { isHidden: true }),
  column<Row>('isolation', 90, ({ isolation }) => isolation, { isHidden: true }),
  column<Row>('stoppingAt', 200, ({ stoppingAt }) => <Time at={stoppingAt} />, { isHidden: true }),
  column<Row>('killedAt', 200, ({ killedAt }) => <Time at={killedAt} />, { isHidden: true }),
  column<Row>('uniqueId', 290, ({ uniqueId }) => <code>{uniqueId}</code>, { isHidden: true }),
  column<Row>('parentUniqueId', 290, ({ parentUniqueId }) => <code>{parentUniqueId ?? ''}</code>, {
    isHidden: true,
  }),
  column<Row>('correlationId', 290, ({ correlationId }) => <code>{correlationId}</code>, { isHidden: true }),
];
