import { Loader } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { PermissionSet } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { useScope } from '../../app/scope.ts';
import { useGo, usePathPart } from '../../app/url.ts';
import { api, changed, keyOf } from '../../data/api.ts';
import { ActionBar } from '../../ui/card/action-bar.tsx';
import { Card } from '../../ui/card/card.tsx';
import type { Acting, RowAction } from '../../ui/data-list/definition.ts';
import { Fault } from '../../ui/fault.tsx';
import { IconPencil, IconTrash } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { SETS_PATH } from './paths.ts';
import { SetMade, SetUsers } from './set-facts.tsx';
import { ChangeSet } from './set-form.tsx';
import { SetGives } from './set-gives.tsx';
import { TEXTS } from './texts.ts';

type Row = PermissionSet & Acting;

const ACTIONS: readonly RowAction<Row>[] = [
  {
    name: 'modify',
    label: TEXTS.actions.modify,
    icon: IconPencil,
    isMain: true,
    run: async () => undefined,
    done: () => '',
  },
  {
    name: 'delete',
    label: TEXTS.actions.delete,
    icon: IconTrash,
    isMain: true,
    isDangerous: true,
    ask: (count, name) => ({ title: TEXTS.ask(count, name), text: TEXTS.askText }),
    run: ({ company, name }) =>
      api.call('permissionSets.delete', { params: { company, permissionSet: name } }),
    done: TEXTS.done,
  },
];

/** The card of a permission set. */
export function Screen() {
  const permissionSet = usePathPart('permissionSet');
  const { home: company } = useScope();
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('permissionSets', company, 'one', permissionSet),
    queryFn: ({ signal }) => api.call('permissionSets.get', { params: { company, permissionSet }, signal }),
  });
  if (data !== undefined) return <SetCard company={company} set={data} />;
  return error === null ? (
    <Loader size="sm" role="status" aria-label={TEXTS.card} />
  ) : (
    <Fault error={error} retry={() => void refetch()} />
  );
}

function SetCard({ company, set }: { readonly company: string; readonly set: PermissionSet }) {
  const go = useGo();
  const [isEditing, { open, close }] = useDisclosure(false);
  const remove = async (action: RowAction<Row>) => {
    try {
      await action.run({ ...set, company }, { text: '', choice: '' });
      tell(action.done(TEXTS.name(set.name)));
      go(SETS_PATH, { company });
    } catch (error) {
      tellError(error);
    }
    changed('permissionSets');
  };
  return (
    <>
      <Card
        back={{ to: SETS_PATH, label: TEXTS.back }}
        title={set.name}
        lead={`${set.description} ${set.isObsolete ? TEXTS.obsolete : ''}`}
        {...(set.source === 'administrator'
          ? {
              actions: (
                <ActionBar<Row>
                  row={{ ...set, company }}
                  name={TEXTS.name(set.name)}
                  actions={ACTIONS}
                  onRun={(action) => (action.name === 'modify' ? open() : void remove(action))}
                />
              ),
            }
          : {})}
        tabs={[
          { id: 'gives', label: TEXTS.tabs.gives, content: <SetGives set={set} /> },
          {
            id: 'users',
            label: `${TEXTS.tabs.users} (${set.assignments.length})`,
            content: <SetUsers set={set} />,
          },
          { id: 'made', label: TEXTS.tabs.made, content: <SetMade set={set} /> },
        ]}
      />
      {isEditing && <ChangeSet company={company} set={set} onClose={close} />}
    </>
  );
}
