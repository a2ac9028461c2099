import { Button, Modal, Stack } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useZone } from '../../app/zone.ts';
import {
  answerForeground,
  closeForeground,
  type Foreground,
  type Spoken,
  startForeground,
  useForeground,
} from '../../data/foreground.ts';
import tables from '../../ui/card/table.module.css';
import { Fault } from '../../ui/fault.tsx';
import { clockText } from '../../ui/format.ts';
import { SCROLLABLE } from '../../ui/scrollable.ts';
import { Status } from '../../ui/status.tsx';
import { LOG_ENTRIES_PATH } from '../log-entries/paths.ts';
import classes from './foreground.module.css';
import { TEXTS } from './texts.ts';

/** The run before whoever is at the screen, over whatever he looks at: what it says, asks, and how it ended. */
export function ForegroundWindow() {
  const run = useForeground();
  if (run === null) return null;
  const isOver = run.outcome !== null || run.fault !== null;
  return (
    <Modal
      opened
      onClose={closeForeground}
      title={`${TEXTS.title}: ${run.title}`}
      size="xl"
      closeOnClickOutside={false}
      closeOnEscape={isOver}
      closeButtonProps={{ 'aria-label': isOver ? TEXTS.close : TEXTS.leave }}
    >
      <Stack gap="sm">
        <p className={classes.lead}>{TEXTS.caveat}</p>
        {run.fault !== null && <Fault error={run.fault} />}
        <Said run={run} />
        {Object.entries(run.windows).map(([window, text]) => (
          <div key={window} className={classes.window} role="status" aria-label={TEXTS.progress}>
            {text}
          </div>
        ))}
        {run.question !== null && <Question key={run.question.dialog} question={run.question} />}
        {run.outcome !== null && <Outcome run={run} />}
        {isOver && (
          <div className={classes.buttons}>
            <Button onClick={() => void startForeground(run)}>{TEXTS.again}</Button>
            <Button variant="filled" onClick={closeForeground} data-autofocus>
              {TEXTS.close}
            </Button>
          </div>
        )}
      </Stack>
    </Modal>
  );
}

/** A question of the run: an answer is what it goes on with. */
function Question({ question }: { readonly question: NonNullable<Foreground['question']> }) {
  const zone = useZone();
  const offered = useRef<HTMLButtonElement>(null);
  useEffect(() => offered.current?.focus(), []);
  const button = (answer: boolean) => (
    <Button
      ref={question.defaultAnswer === answer ? offered : null}
      variant={question.defaultAnswer === answer ? 'filled' : 'default'}
      onClick={() => answerForeground(answer)}
    >
      {answer ? TEXTS.yes : TEXTS.no}
    </Button>
  );
  return (
    <div className={classes.question} role="alertdialog" aria-label={TEXTS.asks}>
      <h3>{TEXTS.asks}</h3>
      <p>{question.question}</p>
      <div className={classes.buttons}>
        {button(true)}
        {button(false)}
      </div>
      <small>{TEXTS.until(clockText(question.expiresAt, zone.of()))}</small>
    </div>
  );
}

/** All that the run has said, the latest in view. */
function Said({ run: { spoken, runId, outcome, fault } }: { readonly run: Foreground }) {
  const box = useRef<HTMLUListElement>(null);
  const count = spoken.length;
  useEffect(() => {
    if (count > 0) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [count]);
  if (fault !== null) return null;
  const waiting = runId === null ? TEXTS.starting : TEXTS.running;
  return (
    <ul className={classes.said} ref={box} aria-label={TEXTS.log} aria-live="polite" {...SCROLLABLE}>
      {spoken.map((each) => (
        <SpokenLine key={each.key} spoken={each} />
      ))}
      {count === 0 && (
        <li>
          <b />
          <span>{outcome === null ? waiting : TEXTS.quiet}</span>
        </li>
      )}
    </ul>
  );
}

function SpokenLine({ spoken }: { readonly spoken: Spoken }) {
  const zone = useZone();
  if (spoken.kind === 'log') {
    const { at, level, text } = spoken.line;
    return (
      <li data-level={level} data-kind={spoken.isMessage ? 'message' : undefined}>
        <time dateTime={at}>{clockText(at, zone.of())}</time>
        <span>{text}</span>
      </li>
    );
  }
  const { answer, reason } = spoken;
  const said = answer === true ? TEXTS.said.yes : TEXTS.said.no;
  return (
    <li>
      <b>?</b>
      <span>
        {spoken.text}{' '}
        {answer !== null && (
          <em>{(TEXTS.notAnswered as Readonly<Record<string, string>>)[reason ?? 'answered'] || said}</em>
        )}
      </span>
    </li>
  );
}

function Outcome({ run }: { readonly run: Foreground }) {
  const { outcome, company } = run;
  if (outcome === null) return null;
  const { status, error, logEntryNo, differences } = outcome;
  const isGood = status === 'Success';
  const known = status === 'Success' || status === 'Error' ? TEXTS.ended[status] : null;
  return (
    <>
      <div className={classes.outcome} data-good={isGood} role="status">
        <div className={classes.buttons}>
          <Status of={status} />
          <strong>{known ?? TEXTS.ended.other(status)}</strong>
        </div>
        {error !== null && <span>{error.message}</span>}
        {logEntryNo !== null && (
          <Link
            to={`${LOG_ENTRIES_PATH}/${logEntryNo}` as never}
            search={{ company } as never}
            onClick={closeForeground}
          >
            {TEXTS.openLog(logEntryNo)}
          </Link>
        )}
      </div>
      {differences.length > 0 && (
        <details>
          <summary>{TEXTS.differences}</summary>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{TEXTS.what}</th>
                <th>{TEXTS.foreground}</th>
                <th>{TEXTS.background}</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ what, foreground, background }) => (
                <tr key={what}>
                  <th scope="row">{what}</th>
                  <td>{foreground}</td>
                  <td>{background}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  );
}
