import path from 'node:path';
import { counted, countedObjects } from '../showing.ts';
import type { CheckReport, Finding, FindingKind } from './finding.ts';

/** Longest way of calls that is shown whole; of a longer one the middle is left out. */
const STEPS_SHOWN_MAX = 8;
/** So many of a question's writes are shown. */
const WRITES_SHOWN_MAX = 5;

const INDENT = '           ';

/** How many findings of each kind there are. */
export type Counts = Readonly<Record<FindingKind, number>>;

/** Counts the findings of a report. */
export function countsOf({ codeunits, findings }: CheckReport): Counts {
  const all = [...findings, ...codeunits.flatMap((codeunit) => codeunit.findings)];
  const count = (kind: FindingKind) => all.filter((finding) => finding.kind === kind).length;
  return { dialog: count('dialog'), risky: count('risky'), unknown: count('unknown') };
}

/** The report with paths counted from a folder, with forward slashes. */
export function withPathsFrom(folder: string, report: CheckReport): CheckReport {
  const shown = (file: string) => path.relative(folder, file).split(path.sep).join('/');
  const at = <T extends { readonly file: string }>(place: T): T => ({ ...place, file: shown(place.file) });
  const finding = (one: Finding): Finding => ({
    ...at(one),
    chain: one.chain.map(at),
    writes: one.writes.map(at),
  });
  return {
    files: report.files.map(shown),
    codeunits: report.codeunits.map((one) => ({ ...at(one), findings: one.findings.map(finding) })),
    findings: report.findings.map(finding),
  };
}

/** The report for people: by codeunit, each place as `file:line`, and a summary. */
export function reportText(report: CheckReport): string {
  const { dialog, risky, unknown } = countsOf(report);
  const lines: string[] = [];
  if (report.findings.length > 0) lines.push('The application', ...report.findings.flatMap(findingLines));
  for (const { name, findings, ...place } of report.codeunits) {
    lines.push(`${name} (${placeText(place)})`);
    lines.push(...(findings.length === 0 ? ['  ok'] : findings.flatMap(findingLines)));
  }
  lines.push(
    `${countedObjects(report.codeunits)} in ${counted(report.files.length, 'file')}: ${counted(dialog, 'dialog')}, ${risky} risky, ${unknown} unknown.`,
  );
  return lines.join('\n');
}

function findingLines(finding: Finding): readonly string[] {
  const { kind, message, chain, writes } = finding;
  const lines = [`  ${kind.padEnd(8)} ${placeText(finding)}  ${message}`];
  if (chain.length > 0) lines.push(INDENT + chainText(finding));
  for (const write of writes.slice(0, WRITES_SHOWN_MAX))
    lines.push(`${INDENT}${write.possible ? 'possible write' : 'write'} ${placeText(write)}  ${write.what}`);
  if (writes.length > WRITES_SHOWN_MAX)
    lines.push(`${INDENT}and ${counted(writes.length - WRITES_SHOWN_MAX, 'write')} more`);
  return lines;
}

function chainText({ chain }: Finding): string {
  const steps = chain.map((step) => `${step.name} ${placeText(step)}`);
  const half = STEPS_SHOWN_MAX / 2;
  const shown =
    steps.length <= STEPS_SHOWN_MAX
      ? steps
      : [...steps.slice(0, half), `… ${steps.length - STEPS_SHOWN_MAX} more …`, ...steps.slice(-half)];
  return shown.join(' → ');
}

function placeText({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line}`;
}
