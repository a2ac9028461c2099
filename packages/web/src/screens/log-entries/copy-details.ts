import { counted, fullInstantText } from '../../ui/format.ts';
import type { RunKnown } from './use-run.ts';

/** Puts into the clipboard what a supporter asks for: names, times with their zone, the error, by which the run is found elsewhere. */
export async function copyDetails({ company, run, facts }: RunKnown): Promise<void> {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const at = (instant: string | null) =>
    instant === null ? null : `${instant} · ${fullInstantText(instant, zone)}`;
  const lines: readonly (readonly [string, string | number | null | undefined])[] = [
    ['Log entry', run.no],
    ['Job queue entry', `${run.entryNo} (${run.entryId})`],
    ['Company', company],
    ['Object', run.object],
    ['Description', run.description],
    ['Parameter string', run.parameterString],
    ['Status', run.status],
    ['Attempt', run.attempt + 1],
    ['Planned', at(run.plannedAt)],
    ['Started', at(run.startedAt)],
    ['Ended', at(run.endedAt)],
    ['User ID', run.user],
    ['Error', run.error?.message],
    ['Error code', run.error?.code],
    ['Caused by', run.errorChain?.causes.map(({ message }) => message).join(' < ')],
    ['Kind of error', run.fingerprint],
    ['Other runs with it', facts === undefined ? null : counted(facts.sameErrorRuns, 'run')],
    ['Correlation id', run.correlationId],
    ['Session', run.sessionId],
    ['Session, unique id', facts?.sessionUniqueId],
    ['Server instance', run.instanceName],
    ['Start of the instance', run.instanceEpoch],
    ['Codeunit version', run.codeunitVersion],
    ['Address', location.href],
  ];
  const text = lines
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([label, value]) => `${label}: ${value}`)
    .join('\n');
  await navigator.clipboard.writeText(text);
}
