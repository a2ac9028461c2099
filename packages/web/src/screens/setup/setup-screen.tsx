import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Environment } from '@nightshift/client/api';
import { useMutation } from '@tanstack/react-query';
import { api, changed } from '../../data/api.ts';
import { useEnvironment } from '../../data/me.ts';
import { Section } from '../../ui/card/card.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import tables from '../../ui/card/table.module.css';
import { ActionDialog } from '../../ui/data-list/action-dialog.tsx';
import { tell, tellError } from '../../ui/notify.ts';
import { CuesPart } from './cues-part.tsx';
import { RetentionPart } from './retention-part.tsx';
import { SavedViews } from './saved-views.tsx';
import classes from './setup.module.css';
import { TEXTS } from './texts.ts';

const { environment: ENVIRONMENT } = TEXTS;

/** The environment, how long things are kept, and saved views. */
export function Screen() {
  const environment = useEnvironment();
  return (
    <div className={classes.page}>
      <h1>{TEXTS.setup}</h1>
      {environment !== undefined && <EnvironmentPart environment={environment} />}
      <RetentionPart />
      <CuesPart />
      <h2 className={classes.head}>{TEXTS.views.title}</h2>
      <SavedViews />
    </div>
  );
}

function EnvironmentPart({ environment }: { readonly environment: Environment }) {
  const { name, unapproved, dueTasks, readyEntries, instances } = environment;
  const isHeld = instances.some(({ held }) => held !== null);
  return (
    <Section title={ENVIRONMENT.title}>
      <Fields>
        <Field label={ENVIRONMENT.name}>
          <Value>{name ?? ENVIRONMENT.noName}</Value>
        </Field>
        {unapproved !== null && (
          <Field label={ENVIRONMENT.unapproved}>
            <Value>{unapproved}</Value>
          </Field>
        )}
        <Field label={ENVIRONMENT.readyEntries}>
          <Value>{readyEntries}</Value>
        </Field>
        <Field label={ENVIRONMENT.dueTasks}>
          <Value>{dueTasks}</Value>
        </Field>
      </Fields>
      <h3 className={classes.sub}>{ENVIRONMENT.instances}</h3>
      {instances.length === 0 ? (
        <p className={classes.text}>{ENVIRONMENT.none}</p>
      ) : (
        <div className={tables.scroll}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{ENVIRONMENT.place}</th>
                <th>{ENVIRONMENT.host}</th>
                <th>{ENVIRONMENT.process}</th>
                <th>{ENVIRONMENT.tasks}</th>
                <th>{ENVIRONMENT.held}</th>
              </tr>
            </thead>
            <tbody>
              {instances.map(({ place, host, processId, runsTasks, held }) => (
                <tr key={place}>
                  <td>{place}</td>
                  <td>{host}</td>
                  <td>{processId}</td>
                  <td>{runsTasks ? ENVIRONMENT.yes : ENVIRONMENT.no}</td>
                  <td>{held ?? ENVIRONMENT.no}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isHeld && <Release />}
    </Section>
  );
}

/** Lets instances begin that are held, since the database may be a copy. */
function Release() {
  const [isAsking, { open, close }] = useDisclosure(false);
  const release = useMutation({
    mutationFn: () => api.call('environment.release', { body: {} }),
    onSuccess: () => tell(ENVIRONMENT.released),
    onError: tellError,
    onSettled: () => changed('environment'),
  });
  return (
    <>
      <Button onClick={open}>{ENVIRONMENT.release}</Button>
      {isAsking && (
        <ActionDialog
          question={{ title: ENVIRONMENT.releaseAsk, text: ENVIRONMENT.releaseText }}
          label={ENVIRONMENT.release}
          isDangerous
          onClose={close}
          onAnswer={() => {
            close();
            release.mutate();
          }}
        />
      )}
    </>
  );
}
