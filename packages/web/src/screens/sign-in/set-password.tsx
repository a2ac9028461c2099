import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useGo } from '../../app/url.ts';
import { api } from '../../data/api.ts';
import { fieldFaults, toldOf } from '../../data/problem.ts';
import classes from './door.module.css';
import { Door } from './door.tsx';
import { TEXTS } from './texts.ts';

/** Behind a one-time link: what follows # stays in the browser, and goes to the server in a body only. */
export function SetPasswordScreen() {
  const [token] = useState(() => location.hash.slice(1));
  const [newPassword, setNewPassword] = useState('');
  const go = useGo();
  const send = useMutation({
    mutationFn: () => api.call('signIn.setPassword', { body: { token, newPassword } }),
    onSuccess: () => go('/sign-in', { set: '1' }),
  });
  const weakness = fieldFaults(send.error)['newPassword'];
  return (
    <Door title={TEXTS.setTitle} text={TEXTS.setText} onSubmit={() => send.mutate()}>
      {token === '' && <p className={classes.fault}>{TEXTS.noToken}</p>}
      {send.error !== null && weakness === undefined && (
        <p className={classes.fault} role="alert">
          {toldOf(send.error).text}
        </p>
      )}
      <PasswordInput
        label={TEXTS.newPassword}
        autoComplete="new-password"
        minLength={12}
        maxLength={128}
        required
        value={newPassword}
        error={weakness}
        onChange={(event) => setNewPassword(event.currentTarget.value)}
        autoFocus
      />
      <Button type="submit" variant="filled" size="sm" loading={send.isPending} disabled={token === ''}>
        {TEXTS.set}
      </Button>
    </Door>
  );
}
