import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { User } from '@nightshift/client/api';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, changed, keyOf } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import tables from '../../ui/card/table.module.css';
import { ActionDialog } from '../../ui/data-list/action-dialog.tsx';
import { Fault } from '../../ui/fault.tsx';
import { tell, tellError } from '../../ui/notify.ts';
import { Time } from '../../ui/time.tsx';
import { TEXTS } from './texts.ts';
import classes from './users.module.css';

const { signIns: SIGN_INS } = TEXTS;

/** Where somebody is signed in, and how to end that. */
export function SignIns({ company, user }: { readonly company: string; readonly user: User }) {
  const params = { company, user: user.name };
  const [isAsking, { open, close }] = useDisclosure(false);
  const { data, error } = useQuery({
    queryKey: keyOf('users', company, 'signIns', user.name),
    queryFn: ({ signal }) => api.call('users.signIns', { params, signal }),
  });
  const end = useMutation({
    mutationFn: (signInId: string | null) =>
      api.call('users.endSignIns', { params, body: signInId === null ? {} : { signInId } }),
    onSuccess: ({ ended }) => tell(TEXTS.done.signedOut(ended)),
    onError: tellError,
    onSettled: () => changed('users'),
  });
  const reset = useMutation({
    mutationFn: () => api.call('users.resetSecondFactor', { params }),
    onSuccess: () => tell(TEXTS.done.resetSecondFactor),
    onError: tellError,
    onSettled: () => changed('users'),
  });
  if (error !== null) return <Fault error={error} />;
  const places = data?.items ?? [];
  return (
    <Section title={SIGN_INS.title}>
      <div className={classes.line}>
        <span>{data !== undefined && places.length === 0 ? SIGN_INS.none : ''}</span>
        <Button onClick={() => end.mutate(null)} disabled={places.length === 0}>
          {SIGN_INS.endAll}
        </Button>
        <Button onClick={open}>{SIGN_INS.reset}</Button>
      </div>
      {places.length > 0 && (
        <div className={tables.scroll}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th data-wide>{SIGN_INS.since}</th>
                <th>{SIGN_INS.lastSeen}</th>
                <th>{SIGN_INS.address}</th>
                <th data-wide>{SIGN_INS.agent}</th>
                <th aria-label={SIGN_INS.end} />
              </tr>
            </thead>
            <tbody>
              {places.map(({ id, since, lastSeenAt, address, agent, isThis }) => (
                <tr key={id}>
                  <td data-wide>
                    <Time at={since} />
                  </td>
                  <td>
                    <Time at={lastSeenAt} show="relative" />
                  </td>
                  <td>
                    {address ?? SIGN_INS.unknown} {isThis && `(${SIGN_INS.isThis})`}
                  </td>
                  <td className={classes.agent} data-wide>
                    {agent ?? SIGN_INS.unknown}
                  </td>
                  <td data-align="end">
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-label={SIGN_INS.endAt(address ?? SIGN_INS.unknown)}
                      onClick={() => end.mutate(id)}
                    >
                      {SIGN_INS.end}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isAsking && (
        <ActionDialog
          question={{ title: SIGN_INS.reset, text: SIGN_INS.resetText }}
          label={SIGN_INS.reset}
          isDangerous
          onClose={close}
          onAnswer={() => {
            close();
            reset.mutate();
          }}
        />
      )}
    </Section>
  );
}
