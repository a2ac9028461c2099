import { VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconHelp, IconMoonStar } from '../ui/icons.ts';
import { TEXTS } from './frame-texts.ts';
import classes from './navigation.module.css';
import { useScope } from './scope.ts';
import { NAV_GROUPS, type Screen } from './screen.ts';
import { SCREENS } from './screens.ts';
import { shownCount } from './shown-count.ts';

type NavScreen = Screen & { readonly nav: NonNullable<Screen['nav']> };

function inGroup(group: (typeof NAV_GROUPS)[number]): readonly NavScreen[] {
  return SCREENS.filter((screen): screen is NavScreen => screen.nav?.group === group).toSorted(
    (one, other) => one.nav.order - other.nav.order,
  );
}

function NavLink({
  to,
  title,
  icon: Icon,
  count,
}: {
  readonly to: string;
  readonly title: string;
  readonly icon: NavScreen['nav']['icon'];
  readonly count?: NavScreen['nav']['count'];
}) {
  return (
    <Link
      to={to as never}
      className={classes.link}
      activeProps={{ className: classes.on ?? '', 'aria-current': 'page' }}
      activeOptions={{ includeSearch: false }}
    >
      <Icon size={16} aria-hidden />
      {title}
      {count !== undefined && <NavCount count={count} />}
    </Link>
  );
}

function NavCount({ count }: { readonly count: NonNullable<NavScreen['nav']['count']> }) {
  const { companies } = useScope();
  const shown = shownCount(count.useCount(companies));
  if (shown === '') return null;
  return (
    <>
      <b className={classes.count} aria-hidden>
        {shown}
      </b>
      <VisuallyHidden>{count.text(shown)}</VisuallyHidden>
    </>
  );
}

/** The way to every screen. */
export function Navigation({ id }: { readonly id?: string }) {
  return (
    <nav className={classes.nav} aria-label={TEXTS.navigation} id={id} tabIndex={-1}>
      <Link to="/" className={classes.brand}>
        <span className={classes.mark}>
          <IconMoonStar size={17} aria-hidden />
        </span>
        {TEXTS.product}
      </Link>
      {NAV_GROUPS.map((group) => {
        const screens = inGroup(group);
        if (screens.length === 0) return null;
        return (
          <div key={group} className={classes.group}>
            <h2 className={classes.head}>{TEXTS.groups[group]}</h2>
            {screens.map(({ path, title, nav }) => (
              <NavLink key={path} to={path} title={title} {...nav} />
            ))}
          </div>
        );
      })}
      <div className={classes.foot}>
        <NavLink to="/help" title={TEXTS.help} icon={IconHelp} />
      </div>
    </nav>
  );
}
