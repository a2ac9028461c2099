import { Group, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useScope } from '../../app/scope.ts';
import { useUrl } from '../../app/url.ts';
import { api, keyOf } from '../../data/api.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { CodeunitChoice } from './codeunit-choice.tsx';
import classes from './rights.module.css';
import { RightsAnswer } from './rights-answer.tsx';
import { TEXTS } from './texts.ts';

const USERS_MAX = 500;

/** Why a user may run a codeunit in a company, or may not. Both are in the address. */
export function Screen() {
  const { home: company } = useScope();
  const { search, set } = useUrl();
  const { user = '', codeunit = '' } = search;
  return (
    <div className={classes.page}>
      <PageHead title={TEXTS.title}>{TEXTS.lead}</PageHead>
      <Group gap="sm" align="flex-end" className={classes.question ?? ''}>
        <UserChoice key={user} company={company} user={user} onChange={(name) => set({ user: name })} />
        <CodeunitChoice company={company} value={codeunit} onChange={(name) => set({ codeunit: name })} />
      </Group>
      {user === '' || codeunit === '' ? (
        <p className={classes.quiet}>{TEXTS.empty}</p>
      ) : (
        <RightsAnswer company={company} user={user} codeunit={codeunit} />
      )}
    </div>
  );
}

/** A user, typed, or chosen where whoever asks may see who there is. */
function UserChoice({
  company,
  user,
  onChange,
}: {
  readonly company: string;
  readonly user: string;
  readonly onChange: (name: string) => void;
}) {
  const [name, setName] = useState(user);
  const { data } = useQuery({
    queryKey: keyOf('users', company, 'names'),
    queryFn: ({ signal }) =>
      api.call('users.list', { params: { company }, query: { limit: USERS_MAX }, signal }),
    retry: false,
  });
  const names = data?.items.map((each) => each.name) ?? [];
  const done = () => name.trim() !== user && onChange(name.trim());
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        done();
      }}
    >
      <TextInput
        label={TEXTS.user}
        value={name}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          setName(typed);
          // One that is chosen from the list is meant as it stands.
          if (names.includes(typed)) onChange(typed);
        }}
        onBlur={done}
        list="rights-users"
        autoComplete="off"
        spellCheck={false}
      />
      <datalist id="rights-users">
        {names.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </form>
  );
}
