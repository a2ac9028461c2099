import type { WorkItemRow } from '@nightshift/client/api';
import { api } from '../../data/api.ts';
import type { RowAction } from '../../ui/data-list/definition.ts';
import { IconCheckCircle, IconRestart, IconSkip, IconUser } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';

const { actions: LABELS, done: DONE, ask: ASK } = TEXTS;

/** Which items: some, or all Failed ones of a kind. */
export type ItemsMeant = { readonly ids: readonly number[] } | { readonly fingerprint: string };

/** What is done to items of a table, by the name of the action. @param text the reason, the note, or the user */
export function actOnItems(
  params: { readonly company: string; readonly table: string },
  name: 'retry' | 'skip' | 'resolve' | 'assign',
  meant: ItemsMeant,
  text: string,
): Promise<{ readonly changed: number }> {
  if (name === 'skip') return api.call('workItems.skip', { params, body: { ...meant, reason: text } });
  if (name === 'resolve') return api.call('workItems.resolve', { params, body: { ...meant, note: text } });
  if (name === 'assign') {
    return api.call('workItems.assign', { params, body: { ...meant, user: text === '' ? null : text } });
  }
  return api.call('workItems.retry', { params, body: meant });
}

/** What may be done with the items of a table. The server says what is open now, and why not. */
export function itemActions<Row extends Pick<WorkItemRow, 'id'>>(table: string): readonly RowAction<Row>[] {
  const act = (name: Parameters<typeof actOnItems>[1]): RowAction<Row>['run'] =>
    function run({ company, id }, { text }) {
      return actOnItems({ company, table }, name, { ids: [id] }, text);
    };
  return [
    {
      name: 'retry',
      label: LABELS.retry,
      icon: IconRestart,
      isMain: true,
      run: act('retry'),
      done: DONE.retry,
    },
    {
      name: 'assign',
      label: LABELS.assign,
      icon: IconUser,
      isMain: true,
      run: act('assign'),
      done: DONE.assign,
      ask: (count, name) => ({ title: ASK.assign(count, name), field: { label: ASK.assignField } }),
    },
    {
      name: 'resolve',
      label: LABELS.resolve,
      icon: IconCheckCircle,
      isMain: true,
      run: act('resolve'),
      done: DONE.resolve,
      ask: (count, name) => ({
        title: ASK.resolve(count, name),
        text: ASK.resolveText,
        field: { label: ASK.resolveField, isRequired: true },
      }),
    },
    {
      name: 'skip',
      label: LABELS.skip,
      icon: IconSkip,
      isMain: true,
      isDangerous: true,
      run: act('skip'),
      done: DONE.skip,
      ask: (count, name) => ({
        title: ASK.skip(count, name),
        text: ASK.skipText,
        field: { label: ASK.skipField, isRequired: true },
      }),
    },
  ];
}
