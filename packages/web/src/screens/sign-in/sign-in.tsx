import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useUrl } from '../../app/url.ts';
import { api, queryClient } from '../../data/api.ts';
import { toldOf } from '../../data/problem.ts';
import classes from './door.module.css';
import { Door } from './door.tsx';
import { TEXTS } from './texts.ts';

type Step = 'password' | 'code' | 'recovery';

/** Signs somebody in: name and password, then the code of an authenticator where there is one. */
export function SignInScreen() {
  const { search } = useUrl();
  const [step, setStep] = useState<Step>('password');
  const [values, setValues] = useState({ user: '', password: '', code: '' });
  const set = (name: keyof typeof values) => (event: { currentTarget: { value: string } }) =>
    setValues({ ...values, [name]: event.currentTarget.value });
  const send = useMutation({
    mutationFn: () => call(step, values),
    onSuccess: ({ outcome }) => {
      if (outcome === 'second-factor') return setStep('code');
      queryClient.clear();
      // The whole page anew: nothing of whoever was here before is left.
      location.assign(safe(search['to']));
    },
  });
  const turn = (next: Step) => {
    send.reset();
    setValues({ ...values, code: '' });
    setStep(next);
  };
  return (
    <Door
      title={TEXTS.signIn}
      {...(step === 'code' ? { text: TEXTS.codeText } : {})}
      onSubmit={() => send.mutate()}
    >
      {search['set'] !== undefined && step === 'password' && <p className={classes.good}>{TEXTS.isSet}</p>}
      {send.error !== null && (
        <p className={classes.fault} role="alert">
          {toldOf(send.error).text}
        </p>
      )}
      {step === 'password' && (
        <>
          <TextInput
            size="sm"
            label={TEXTS.user}
            name="user"
            autoComplete="username"
            required
            value={values.user}
            onChange={set('user')}
            autoFocus
          />
          <PasswordInput
            label={TEXTS.password}
            name="password"
            autoComplete="current-password"
            required
            value={values.password}
            onChange={set('password')}
          />
        </>
      )}
      {step === 'code' && (
        <TextInput
          size="sm"
          label={TEXTS.code}
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="\d{6}"
          required
          value={values.code}
          onChange={set('code')}
          autoFocus
        />
      )}
      {step === 'recovery' && (
        <TextInput
          size="sm"
          label={TEXTS.recoveryCode}
          required
          value={values.code}
          onChange={set('code')}
          autoFocus
        />
      )}
      <Button type="submit" variant="filled" size="sm" loading={send.isPending}>
        {step === 'password' ? TEXTS.signIn : TEXTS.goOn}
      </Button>
      {step === 'password' && (
        <span className={classes.small}>
          {TEXTS.forgotten} <code className={classes.command}>{TEXTS.forgottenCommand}</code>
        </span>
      )}
      {step === 'code' && (
        <Button variant="subtle" onClick={() => turn('recovery')}>
          {TEXTS.recovery}
        </Button>
      )}
      {step === 'recovery' && (
        <Button variant="subtle" onClick={() => turn('code')}>
          {TEXTS.useCode}
        </Button>
      )}
    </Door>
  );
}

function call(
  step: Step,
  { user, password, code }: { readonly user: string; readonly password: string; readonly code: string },
) {
  if (step === 'password') return api.call('signIn.create', { body: { user: user.trim(), password } });
  const body = { code: code.trim() };
  return step === 'code'
    ? api.call('signIn.secondFactor', { body })
    : api.call('signIn.recoveryCode', { body });
}

/** Only places on this server. */
function safe(to: string | undefined): string {
  return to?.startsWith('/') === true && !to.startsWith('//') && !to.startsWith('/\\') ? to : '/';
}
