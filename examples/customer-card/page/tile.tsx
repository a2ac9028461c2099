import type { TaskView } from '@nightshift/client/react';
import type { ReactNode } from 'react';
import { DASH } from './figures.ts';

/** What a background task has answered, and how it is asked again. */
export interface Answer extends TaskView {
  readonly again: () => void;
}

interface TileProps {
  readonly name: string;
  readonly answer: Answer;
  /** How long it took, in words. */
  readonly time: string | undefined;
  readonly figure: string;
  readonly remark: string;
  /** The plot. */
  readonly children: ReactNode;
}

/**
 * One figure. Its place is as large before as after, so that nothing moves. While the next answer is on its way, the plot of the
 * former customer stays as a shade, without his figures: nobody is to take them for those of the name above.
 */
export function Tile({ name, answer, time, figure, remark, children }: TileProps) {
  const { status, result, isFormer, error, cancel, again } = answer;
  const isReady = status === 'completed';
  return (
    <article className="panel tile" data-status={status} aria-busy={status === 'pending'}>
      <h2>{name}</h2>
      <p className="figure">{isReady ? figure : DASH}</p>
      <p className="remark">{isReady ? remark : '\u00a0'}</p>
      <div className={isFormer ? 'picture former' : 'picture'}>
        {result === null ? <Absent status={status} text={error?.message} /> : children}
      </div>
      <footer>
        <span>{words(status, time)}</span>
        {status === 'pending' && (
          <button type="button" className="plain" onClick={cancel}>
            Stop
          </button>
        )}
        {(status === 'failed' || status === 'cancelled') && (
          <button type="button" className="plain" onClick={again}>
            Ask again
          </button>
        )}
      </footer>
    </article>
  );
}

function Absent({
  status,
  text,
}: {
  readonly status: TaskView['status'];
  readonly text: string | undefined;
}) {
  if (status === 'failed') return <p className="problem">{text}</p>;
  return <div className={status === 'pending' ? 'blank busy' : 'blank'} />;
}

function words(status: TaskView['status'], time: string | undefined): string {
  switch (status) {
    case 'completed':
      return time ?? '';
    case 'failed':
      return 'It failed.';
    case 'cancelled':
      return 'Stopped.';
    default:
      return 'Being worked out …';
  }
}
