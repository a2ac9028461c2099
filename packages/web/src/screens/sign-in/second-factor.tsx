import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useUrl } from '../../app/url.ts';
import { api } from '../../data/api.ts';
import { toldOf } from '../../data/problem.ts';
import classes from './door.module.css';
import { Door } from './door.tsx';
import { TEXTS } from './texts.ts';

/** Sets up the authenticator of somebody who may give rights. */
export function SecondFactorScreen() {
  const { search } = useUrl();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useMutation({ mutationFn: () => api.call('me.beginSecondFactor', { body: { password } }) });
  const confirm = useMutation({
    mutationFn: () => api.call('me.confirmSecondFactor', { body: { code: code.trim() } }),
    onSuccess: () =>
      location.assign(
        search['to']?.startsWith('/') === true && !search['to'].startsWith('//') ? search['to'] : '/',
      ),
  });
  const error = begin.error ?? confirm.error;
  const begun = begin.data;
  return (
    <Door
      title={TEXTS.factorTitle}
      text={TEXTS.factorText}
      onSubmit={() => (begun === undefined ? begin.mutate() : confirm.mutate())}
    >
      {error !== null && (
        <p className={classes.fault} role="alert">
          {toldOf(error).text}
        </p>
      )}
      {begun === undefined ? (
        <>
          <PasswordInput
            label={TEXTS.confirmPassword}
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoFocus
          />
          <Button type="submit" variant="filled" size="sm" loading={begin.isPending}>
            {TEXTS.begin}
          </Button>
        </>
      ) : (
        <>
          <span>{TEXTS.scan}</span>
          <QrCode text={begun.uri} />
          <span className={classes.small}>{TEXTS.key}</span>
          <span className={classes.code}>{new URL(begun.uri).searchParams.get('secret')}</span>
          <strong>{TEXTS.recoveryTitle}</strong>
          <span className={classes.small}>{TEXTS.recoveryText}</span>
          <ul className={classes.codes}>
            {begun.recoveryCodes.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
          <TextInput
            size="sm"
            label={TEXTS.firstCode}
            inputMode="numeric"
            pattern="\d{6}"
            required
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" variant="filled" size="sm" loading={confirm.isPending}>
            {TEXTS.confirm}
          </Button>
        </>
      )}
    </Door>
  );
}

function QrCode({ text }: { readonly text: string }) {
  const { data } = useQuery({
    queryKey: ['qr', text],
    queryFn: async () => {
      const { renderSVG } = await import('uqr');
      return `data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(text))}`;
    },
    gcTime: 0,
  });
  return data === undefined ? null : <img className={classes.qr} src={data} alt={TEXTS.scan} />;
}
