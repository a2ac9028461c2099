import { Link } from '@tanstack/react-router';
import { useUnseenAlerts } from '../data/alerts.ts';
import { IconBell } from '../ui/icons.ts';
import { TEXTS } from './frame-texts.ts';
import { useScope } from './scope.ts';
import { shownCount } from './shown-count.ts';
import classes from './top-bar.module.css';

/** Says how many alerts somebody has not seen, and leads to them. */
export function Bell() {
  const { company, companies } = useScope();
  const count = useUnseenAlerts(companies);
  const shown = shownCount(count);
  return (
    <Link
      to={'/alerts' as never}
      search={{ company: company ?? '*', ...(count > 0 ? { unseen: 'true' } : {}) } as never}
      className={classes.bell}
      aria-label={TEXTS.alerts(shown)}
      title={TEXTS.alerts(shown)}
    >
      <IconBell size={16} aria-hidden />
      {shown !== '' && <span aria-hidden>{shown}</span>}
    </Link>
  );
}
