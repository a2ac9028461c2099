import { numberText } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';
import classes from './failed-work.module.css';
import { TEXTS } from './texts.ts';

const { columns: LABELS } = TEXTS;

/** A number with its label. */
export function Count({
  label,
  value,
  isBad = false,
}: {
  readonly label: string;
  readonly value: number;
  readonly isBad?: boolean;
}) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className={isBad ? classes.bad : undefined}>{numberText(value)}</dd>
    </div>
  );
}

/** When a kind of error came for the first time, and when for the last. */
export function FirstAndLast({ firstAt, lastAt }: { readonly firstAt: string; readonly lastAt: string }) {
  return (
    <>
      <div>
        <dt>{LABELS.firstAt}</dt>
        <dd>
          <Time at={firstAt} show="relative" />
        </dd>
      </div>
      <div>
        <dt>{LABELS.lastAt}</dt>
        <dd>
          <Time at={lastAt} show="relative" />
        </dd>
      </div>
    </>
  );
}
