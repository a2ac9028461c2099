import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useScope } from '../../app/scope.ts';
import { useZone } from '../../app/zone.ts';
import { api, keyOf } from '../../data/api.ts';
import { useEnvironment, useMe } from '../../data/me.ts';
import { IconCopy } from '../../ui/icons.ts';
import { tell } from '../../ui/notify.ts';
import { nowMs } from '../../ui/now.ts';
import classes from './help.module.css';
import { TEXTS } from './texts.ts';

const { fields: LABELS } = TEXTS;

/** What to send along when somebody asks for help. */
function useFacts(): readonly (readonly [label: string, value: string])[] {
  const me = useMe();
  const { company } = useScope();
  const { mine } = useZone();
  const environment = useEnvironment();
  const places = useQuery({
    queryKey: keyOf('me', null, 'signIns'),
    queryFn: ({ signal }) => api.call('me.signIns', { signal }),
    enabled: me.signedInBy === 'session',
  });
  const version = useQuery({
    queryKey: keyOf('environment', null, 'version'),
    queryFn: readVersion,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const place = places.data?.items.find(({ isThis }) => isThis);
  const instances =
    environment?.instances.map((each) => TEXTS.instance(each.place, each.host, each.processId)) ?? [];
  return [
    [LABELS.user, me.fullName === '' ? me.user : `${me.user} (${me.fullName})`],
    [LABELS.session, place?.id ?? me.signedInBy],
    [LABELS.signedIn, place?.since ?? TEXTS.unknown],
    [LABELS.company, company ?? me.companies.join(', ')],
    [LABELS.environment, environment?.name ?? TEXTS.unknown],
    [LABELS.instances, instances.join('; ') || TEXTS.unknown],
    [LABELS.version, version.data ?? TEXTS.unknown],
    [LABELS.page, location.href],
    [LABELS.browser, navigator.userAgent],
    [LABELS.zone, mine],
    [LABELS.time, new Date(nowMs()).toISOString()],
  ];
}

/** The specification carries the version of the server. */
async function readVersion(): Promise<string> {
  const answer = await fetch('/api/openapi.json');
  const { info } = (await answer.json()) as { info: { version: string } };
  return info.version;
}

/** Help and support. */
export function Screen() {
  const facts = useFacts();
  const copy = async () => {
    await navigator.clipboard.writeText(facts.map(([label, value]) => `${label}: ${value}`).join('\n'));
    tell(TEXTS.copied);
  };
  return (
    <div className={classes.page}>
      <h1>{TEXTS.title}</h1>
      <p className={classes.lead}>{TEXTS.lead}</p>
      <section className={classes.section}>
        <div className={classes.head}>
          <h2>{TEXTS.section}</h2>
          <Button leftSection={<IconCopy size={14} />} onClick={() => void copy()}>
            {TEXTS.copy}
          </Button>
        </div>
        <dl className={classes.facts}>
          {facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className={classes.section}>
        <h2>{TEXTS.guides}</h2>
        <p>{TEXTS.guidesText}</p>
        <ul>
          <li>
            <a href="/api/docs">{TEXTS.api}</a>
          </li>
          <li>
            <a href="/api/docs/problems">{TEXTS.errors}</a>
          </li>
        </ul>
      </section>
    </div>
  );
}
