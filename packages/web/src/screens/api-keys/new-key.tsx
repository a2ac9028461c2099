import { help } from 'virtual:help/NewApiKey';
import { VERB_WORDS } from 'virtual:verb-words';
import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useScope } from '../../app/scope.ts';
import { api, changed, newKey } from '../../data/api.ts';
import { fieldFaults, isToldAbove } from '../../data/problem.ts';
import { Fault } from '../../ui/fault.tsx';
import { IconCopy } from '../../ui/icons.ts';
import { tell } from '../../ui/notify.ts';
import classes from './keys.module.css';
import { TEXTS } from './texts.ts';

const { form: FORM, shown: SHOWN } = TEXTS;
const DAYS = '90';
/** Those that show what is wrong with them. */
const FIELDS = ['name', 'user', 'expiresInDays'];
const VERBS = Object.entries(VERB_WORDS);

/** Creates an API key, and shows it once. */
export function NewKey({ onClose }: { readonly onClose: () => void }) {
  const { home: company } = useScope();
  const [values, setValues] = useState({ name: '', user: '', days: DAYS });
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [idempotencyKey] = useState(newKey);
  const create = useMutation({
    mutationFn: () =>
      api.call('apiKeys.create', {
        params: { company },
        body: {
          name: values.name,
          scopes,
          expiresInDays: Number(values.days),
          ...(values.user.trim() === '' ? {} : { user: values.user.trim() }),
        },
        idempotencyKey,
      }),
    onSuccess: () => changed('apiKeys'),
  });
  const faults = fieldFaults(create.error);
  if (create.data !== undefined) return <ShownOnce secret={create.data.key} onClose={onClose} />;
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      setValues({ ...values, [name]: event.currentTarget.value }),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={TEXTS.newKey}
      size="lg"
      closeButtonProps={{ 'aria-label': FORM.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack gap="sm">
          <div>{FORM.text(company)}</div>
          {isToldAbove(create.error, FIELDS) && <Fault error={create.error} />}
          <TextInput
            label={FORM.name}
            description={help['name']}
            error={faults['name']}
            required
            data-autofocus
            {...field('name')}
          />
          <div className={classes.two}>
            <TextInput
              label={FORM.user}
              description={FORM.userHint}
              error={faults['user']}
              {...field('user')}
            />
            <TextInput
              label={FORM.days}
              description={help['expiresInDays']}
              error={faults['expiresInDays']}
              type="number"
              min={1}
              {...field('days')}
            />
          </div>
          <Scopes chosen={scopes} onChange={setScopes} />
          <Group justify="flex-end" gap="xs">
            <Button onClick={onClose}>{FORM.cancel}</Button>
            <Button
              type="submit"
              variant="filled"
              disabled={values.name.trim() === '' || scopes.length === 0}
              loading={create.isPending}
            >
              {FORM.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The verbs that a key is held to, chosen in words. */
function Scopes({
  chosen,
  onChange,
}: {
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const shown = VERBS.filter(([verb, words]) => `${verb} ${words}`.toLowerCase().includes(wanted));
  const toggle = (verb: string, isOn: boolean) =>
    onChange(VERBS.map(([each]) => each).filter((each) => (each === verb ? isOn : chosen.includes(each))));
  return (
    <fieldset className={classes.scopes}>
      <legend>{FORM.scopes}</legend>
      <small>{FORM.scopesHint}</small>
      <div className={classes.find}>
        <TextInput
          aria-label={FORM.search}
          placeholder={FORM.search}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <span role="status">{FORM.chosen(chosen.length)}</span>
      </div>
      <div className={classes.verbs}>
        {shown.map(([verb, words]) => (
          <Checkbox
            key={verb}
            label={words}
            description={verb}
            checked={chosen.includes(verb)}
            onChange={(event) => toggle(verb, event.currentTarget.checked)}
          />
        ))}
      </div>
    </fieldset>
  );
}

/** The key itself; closed only by whoever says that it is kept. */
function ShownOnce({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    tell(SHOWN.copied);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={SHOWN.title}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="sm">
        <div>{SHOWN.text}</div>
        <output className={classes.secret} aria-label={SHOWN.key}>
          {secret}
        </output>
        <Group justify="flex-end" gap="xs">
          <Button leftSection={<IconCopy size={14} />} onClick={() => void copy()} data-autofocus>
            {SHOWN.copy}
          </Button>
          <Button variant="filled" onClick={onClose}>
            {SHOWN.done}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
