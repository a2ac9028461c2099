import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RightsOverview } from '../administration/index.ts';
import { VERBS } from '../contract/permissions.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type CodeunitOverview, type NeededRight, wordsOfRights } from '../permissions/index.ts';
import { rights } from '../platform/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { htmlOf, markdownOf, type PageBlock } from './page.ts';
import { countedObjects } from './showing.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** How `rights page` was called. */
export interface PageOptions {
  readonly out?: string;
}

/** Users of a company that are named; there may be thousands. */
const USERS_MAX = 20;

/** Writes a page that says per codeunit and report which rights it takes to run and to schedule it, and who has them. */
export async function rightsPageCommand(invocation: Invocation, { out }: PageOptions): Promise<ExitCode> {
  const form = out === undefined ? '.md' : path.extname(out).toLowerCase();
  if (form !== '.md' && form !== '.html') {
    throw new NightshiftError('VALIDATION', 'The page is written as .md or as .html.', { field: 'out' });
  }
  const loaded = await requiredApplication(invocation);
  return withPlatform(invocation, loaded, async (platform) => {
    const overview = await rights.list(platform.as(identityOf(invocation)));
    const blocks = pageOf(overview);
    const text = form === '.html' ? htmlOf(titleOf(overview), blocks) : markdownOf(blocks);
    if (out !== undefined) write(path.resolve(invocation.surroundings.workingDirectory, out), text);
    invocation.answer(out === undefined ? overview : { out, ...overview }, () =>
      out === undefined ? text.trimEnd() : `${countedObjects(overview.codeunits)} written to ${out}.`,
    );
    return EXIT.ok;
  });
}

/** @throws NightshiftError VALIDATION naming `out` */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NightshiftError('VALIDATION', `The page cannot be written: ${reason}`, { field: 'out', cause });
  }
}

function titleOf({ application }: RightsOverview): string {
  return `Rights of ${application}`;
}

function pageOf(overview: RightsOverview): readonly PageBlock[] {
  const { codeunits } = overview;
  return [
    { kind: 'heading', level: 1, text: titleOf(overview) },
    {
      kind: 'paragraph',
      text: 'What a user needs to run each codeunit and report, and to have it run unattended, and who has it. Work that runs in the background runs as the user who scheduled it, with his rights at that time. SUPER gives everything.',
    },
    summaryOf(codeunits),
    {
      kind: 'paragraph',
      text: `To schedule one of them, a user also has to be let schedule work (his field canSchedule), and to be no delegated administrator: those ask for approval. Job queue entries take one of these besides: ${Object.keys(VERBS['entry.setReady'].sets).join(', ')}.`,
    },
    ...codeunits.flatMap(sectionOf),
  ];
}

function summaryOf(codeunits: readonly CodeunitOverview[]): PageBlock {
  return {
    kind: 'table',
    headings: [
      'Codeunit or report',
      'Permission sets that give all of it',
      'Permission sets that give some of it',
    ],
    rows: codeunits.map((overview) => [
      nameOf(overview),
      namesOf(overview.completeSets),
      namesOf(overview.partialSets),
    ]),
  };
}

function sectionOf(overview: CodeunitOverview): readonly PageBlock[] {
  const { needs, users, declaresTables } = overview;
  return [
    { kind: 'heading', level: 2, text: nameOf(overview) },
    {
      kind: 'table',
      headings: ['Whoever runs it needs', 'Permission sets that give it'],
      rows: needs.map((need) => [needText(need), namesOf(need.sets)]),
    },
    ...(declaresTables
      ? []
      : [
          paragraph(
            'It does not declare the tables that it touches (permissions.tables): what it lacks is seen when it runs.',
          ),
        ]),
    ...lentOf(overview),
    ...(overview.completeSets.length > 1 || needs.length < 2
      ? []
      : [paragraph('No permission set but SUPER gives all of it: a user needs several.')]),
    {
      kind: 'table',
      headings: ['Company', 'May run and schedule it', 'May run it only'],
      rows: users.map(({ company, mayRun, mayNotSchedule }) => [
        company,
        someOf(mayRun),
        someOf(mayNotSchedule),
      ]),
    },
  ];
}

function nameOf({ codeunit, objectType }: CodeunitOverview): string {
  return objectType === 'report' ? `${codeunit} (report)` : codeunit;
}

function paragraph(text: string): PageBlock {
  return { kind: 'paragraph', text };
}

function lentOf({ lent }: CodeunitOverview): readonly PageBlock[] {
  const tables = Object.entries(lent).map(([table, letters]) => `${table} (${wordsOfRights(letters)})`);
  if (tables.length === 0) return [];
  return [
    paragraph(`While it runs it is lent these rights, which its user need not have: ${tables.join(', ')}.`),
  ];
}

function needText({ kind, name, right }: NeededRight): string {
  if (kind !== 'table') return `to run ${kind} ${name}`;
  return `${name === '*' ? 'every table' : `table ${name}`}: ${wordsOfRights(right)}`;
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? '–' : names.join(', ');
}

function someOf(names: readonly string[]): string {
  if (names.length <= USERS_MAX) return namesOf(names);
  return `${names.slice(0, USERS_MAX).join(', ')} and ${names.length - USERS_MAX} more`;
}
