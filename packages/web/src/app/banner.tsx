import { useLive } from '../data/live.ts';
import { useEnvironment } from '../data/me.ts';
import { IconWarning } from '../ui/icons.ts';
import classes from './banner.module.css';
import { TEXTS } from './frame-texts.ts';

/** Says so on every screen when nothing runs, whatever the screen is about. */
export function Banner() {
  useLive('environment');
  const environment = useEnvironment();
  if (environment === undefined) return null;
  const { instances, unapproved, dueTasks } = environment;
  if (instances.some(({ runsTasks, held }) => runsTasks && held === null)) return null;
  const held = unapproved ?? instances.find((instance) => instance.held !== null)?.held ?? null;
  return (
    <div className={classes.banner} role="status">
      <IconWarning size={16} aria-hidden />
      <span>
        <strong>{held === null ? TEXTS.noInstance : TEXTS.held}</strong>
        {held === null ? '' : ` ${held}`}
        {TEXTS.due(dueTasks)}
      </span>
    </div>
  );
}
