import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, keyOf } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import { IconWarning } from '../../ui/icons.ts';
import { Time } from '../../ui/time.tsx';
import classes from './log-entries.module.css';
import { LOG_ENTRIES_PATH } from './paths.ts';
import { RunTable } from './run-table.tsx';
import { TEXTS } from './texts.ts';
import type { RunKnown } from './use-run.ts';

const { error: WORDS } = TEXTS;
/** Where frames are that nobody who wrote the codeunit has written. */
const FOREIGN =
  /node_modules|node:|internal\/|[\\/]packages[\\/]nightshift[\\/]|processTicksAndRejections|\(<anonymous>\)/;

/** The error of a run: what it means for the business first, then what caused it, then where, then who else has it. */
export function ErrorTab({ known }: { readonly known: RunKnown }) {
  const { run, facts } = known;
  return (
    <>
      {run.error === null ? (
        <p className={classes.quiet}>{run.note ?? WORDS.none}</p>
      ) : (
        <Section title={WORDS.what}>
          <ErrorChainView known={known} />
        </Section>
      )}
      {facts !== undefined && run.error !== null && (
        <Section title={WORDS.where}>
          <Stack frames={facts.stack} />
        </Section>
      )}
      {run.errorMessages > 0 && <Reported known={known} />}
      {facts !== undefined && run.fingerprint !== null && <SameError known={known} />}
    </>
  );
}

/** An error and what caused it, each in its own words, the code beneath. */
export function ErrorChainView({ known: { run } }: { readonly known: RunKnown }) {
  const chain = run.errorChain;
  const error = chain ?? run.error;
  if (error === null) return null;
  return (
    <div className={classes.error}>
      <strong>{error.message}</strong>
      <span className={classes.code}>
        {error.code !== null && (
          <span>
            {WORDS.code} <code>{error.code}</code>
          </span>
        )}
        {chain?.field != null && <span>{`${WORDS.field}: ${chain.field}`}</span>}
      </span>
      {chain !== null && chain.causes.length > 0 && (
        <ol className={classes.causes} aria-label={WORDS.causes}>
          {chain.causes.map(({ code, message }) => (
            <li key={`${code} ${message}`}>
              <span className={classes.quiet}>{WORDS.cause}</span> {message}{' '}
              {code !== null && <code>{code}</code>}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** A call stack with the frames of libraries folded away. */
export function Stack({ frames }: { readonly frames: readonly string[] }) {
  if (frames.length === 0) return <p className={classes.quiet}>{WORDS.noStack}</p>;
  const own = frames.filter((frame) => !FOREIGN.test(frame));
  const others = frames.length - own.length;
  return (
    <>
      {own.length > 0 && <pre className={classes.stack}>{own.join('\n')}</pre>}
      {others > 0 && (
        <details className={classes.fold}>
          <summary>{WORDS.others(others)}</summary>
          <pre className={classes.stack}>{frames.join('\n')}</pre>
        </details>
      )}
    </>
  );
}

function SameError({ known: { company, run, facts } }: { readonly known: RunKnown }) {
  if (facts === undefined) return null;
  const { sameError, sameErrorRuns } = facts;
  return (
    <Section title={sameErrorRuns === 0 ? WORDS.sameNone : WORDS.same(sameErrorRuns)}>
      {sameError.length > 0 && <RunTable company={company} runs={sameError} withEntry />}
      <p className={classes.quiet}>
        {WORDS.fingerprint} <code>{run.fingerprint}</code>{' '}
        {sameErrorRuns > 0 && (
          <Link
            to={LOG_ENTRIES_PATH as never}
            search={{ company, fingerprint: run.fingerprint ?? '' } as never}
          >
            {WORDS.sameAll}
          </Link>
        )}
      </p>
    </Section>
  );
}

/** Errors that the run has reported without ending by them. */
function Reported({ known: { company, run } }: { readonly known: RunKnown }) {
  const { data } = useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'errors', run.no),
    queryFn: ({ signal }) =>
      api.call('jobQueueLogEntries.errors', { params: { company, no: run.no }, signal }),
  });
  return (
    <Section title={WORDS.reported}>
      <ul className={classes.reported}>
        {data?.items.map(({ no, at, text, code, context, field }) => (
          <li key={no}>
            <IconWarning size={14} aria-hidden />
            <span>
              {text} {code !== null && <code>{code}</code>}
              {context !== null && (
                <small>{`${WORDS.context} ${context.table} ${JSON.stringify(context.key)}${field === null ? '' : `, ${field}`}`}</small>
              )}
            </span>
            <Time at={at} show="absolute" />
          </li>
        ))}
      </ul>
    </Section>
  );
}
