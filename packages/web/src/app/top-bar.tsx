import { ActionIcon, Menu, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, queryClient } from '../data/api.ts';
import { setPaused, useLiveState } from '../data/live.ts';
import { useEnvironment, useMe } from '../data/me.ts';
import {
  IconBuilding,
  IconCheck,
  IconChevronDown,
  IconClock,
  IconGuide,
  IconKeyboard,
  IconMenu,
  IconMonitor,
  IconMoon,
  IconPause,
  IconPlay,
  IconSearch,
  IconSun,
  IconUser,
} from '../ui/icons.ts';
import { tellError } from '../ui/notify.ts';
import { Bell } from './bell.tsx';
import { TEXTS } from './frame-texts.ts';
import { useScope } from './scope.ts';
import classes from './top-bar.module.css';
import { useGo } from './url.ts';
import { useZone, type ZoneMode } from './zone.ts';

/** The bar above every screen: where somebody is, and how the page behaves. */
export function TopBar({
  onMenu,
  onSearch,
  onKeys,
  onGuide,
}: {
  readonly onMenu: () => void;
  readonly onSearch: () => void;
  readonly onKeys: () => void;
  readonly onGuide: () => void;
}) {
  return (
    <header className={classes.bar}>
      <ActionIcon className={classes.menu ?? ''} onClick={onMenu} aria-label={TEXTS.openNavigation} size="lg">
        <IconMenu size={18} />
      </ActionIcon>
      <EnvironmentBadge />
      <CompanySwitch />
      <UnstyledButton className={classes.search} onClick={onSearch} aria-label={`${TEXTS.search} … Ctrl K`}>
        <IconSearch size={15} aria-hidden />
        <span>{TEXTS.search} …</span>
        <kbd>Ctrl K</kbd>
      </UnstyledButton>
      <LiveSwitch />
      <Bell />
      <ZoneMenu />
      <Tooltip label={`${TEXTS.guide} (g)`}>
        <ActionIcon onClick={onGuide} aria-label={TEXTS.guide}>
          <IconGuide size={16} />
        </ActionIcon>
      </Tooltip>
      <ColourMenu />
      <UserMenu onKeys={onKeys} />
    </header>
  );
}

/** Says which database this is, so that nobody takes production for a copy. */
function EnvironmentBadge() {
  const environment = useEnvironment();
  if (environment === undefined || environment.name === null) return null;
  const { name } = environment;
  const isProduction = /prod/i.test(name);
  return (
    <span
      className={`${classes.environment} ${isProduction ? classes.production : ''}`}
      title={`${TEXTS.environment}: ${name}`}
    >
      {name}
    </span>
  );
}

function CompanySwitch() {
  const { companies } = useMe();
  const { company, choose } = useScope();
  const shown = company ?? TEXTS.allCompanies;
  return (
    <Menu>
      <Menu.Target>
        <UnstyledButton className={classes.company} aria-label={`${TEXTS.company}: ${shown}`}>
          <IconBuilding size={15} aria-hidden />
          <span>{shown}</span>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {companies.map((name) => (
          <Menu.Item
            key={name}
            onClick={() => choose(name)}
            rightSection={name === company ? <IconCheck size={14} aria-hidden /> : null}
          >
            {name}
          </Menu.Item>
        ))}
        {companies.length > 1 && (
          <>
            <Menu.Divider />
            <Menu.Item
              onClick={() => choose(null)}
              rightSection={company === null ? <IconCheck size={14} aria-hidden /> : null}
            >
              {TEXTS.allCompanies}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function LiveSwitch() {
  const state = useLiveState();
  const isPaused = state === 'paused';
  return (
    <Tooltip label={`${TEXTS.liveLong[state]} ${isPaused ? TEXTS.resume : TEXTS.pause}.`}>
      <UnstyledButton
        className={classes.live}
        data-state={state}
        onClick={() => setPaused(!isPaused)}
        aria-label={`${TEXTS.live[state]}. ${isPaused ? TEXTS.resume : TEXTS.pause}`}
      >
        {isPaused ? <IconPlay size={13} aria-hidden /> : <i aria-hidden />}
        <span>{TEXTS.live[state]}</span>
        {!isPaused && <IconPause size={12} aria-hidden className={classes.pause ?? ''} />}
      </UnstyledButton>
    </Tooltip>
  );
}

const ZONES: readonly ZoneMode[] = ['mine', 'schedule', 'utc'];

function ZoneMenu() {
  const { mode, mine, choose } = useZone();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton
          className={classes.choice}
          aria-label={`${TEXTS.zone}: ${mode === 'mine' ? mine : TEXTS.zones[mode]}`}
        >
          <IconClock size={15} aria-hidden />
          <span>{mode === 'mine' ? mine : TEXTS.zones[mode]}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{TEXTS.zone}</Menu.Label>
        {ZONES.map((each) => (
          <Menu.Item
            key={each}
            onClick={() => choose(each)}
            rightSection={each === mode ? <IconCheck size={14} aria-hidden /> : null}
          >
            {TEXTS.zones[each]}
            {each === 'mine' && <small className={classes.hint}> {mine}</small>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const COLOURS = { light: IconSun, dark: IconMoon, auto: IconMonitor } as const;

function ColourMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = COLOURS[colorScheme];
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          className={classes.wide ?? ''}
          aria-label={`${TEXTS.colours}: ${TEXTS.colourNames[colorScheme]}`}
        >
          <Icon size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{TEXTS.colours}</Menu.Label>
        {(['light', 'dark', 'auto'] as const).map((each) => (
          <Menu.Item
            key={each}
            onClick={() => setColorScheme(each)}
            rightSection={each === colorScheme ? <IconCheck size={14} aria-hidden /> : null}
          >
            {TEXTS.colourNames[each]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function UserMenu({ onKeys }: { readonly onKeys: () => void }) {
  const { user, fullName, signedInBy } = useMe();
  const { setColorScheme } = useMantineColorScheme();
  const { choose } = useZone();
  const go = useGo();
  const signOut = useMutation({
    mutationFn: () => api.call('me.signOut'),
    onSuccess: () => {
      queryClient.clear();
      go('/sign-in');
    },
    onError: tellError,
  });
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon aria-label={`${TEXTS.signedInAs} ${user}`} variant="light" radius="xl">
          <IconUser size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {TEXTS.signedInAs} <strong>{user}</strong>
          {fullName !== '' && ` · ${fullName}`}
        </Menu.Label>
        <Menu.Item leftSection={<IconKeyboard size={14} aria-hidden />} onClick={onKeys}>
          {TEXTS.keys}
        </Menu.Item>
        <div className={classes.narrow}>
          {(['light', 'dark', 'auto'] as const).map((each) => (
            <Menu.Item key={each} onClick={() => setColorScheme(each)}>
              {TEXTS.colours}: {TEXTS.colourNames[each]}
            </Menu.Item>
          ))}
          {ZONES.map((each) => (
            <Menu.Item key={each} onClick={() => choose(each)}>
              {TEXTS.zone}: {TEXTS.zones[each]}
            </Menu.Item>
          ))}
        </div>
        {signedInBy === 'session' && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => signOut.mutate()}>{TEXTS.signOut}</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
