// Keeps the published packages small: what grows past its budget needs a decision, not a shrug.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { repositoryRoot } from './source-files.ts';

/** The most that a published package may be. */
export interface SizeBudget {
  readonly package: string;
  /** Bytes of built JavaScript. */
  readonly bytes: number;
  /** Packages that it needs at run time, by its own package.json. */
  readonly dependencies: number;
}

/** What a package is. */
export interface PackageSize {
  readonly bytes: number;
  readonly dependencies: number;
}

const BUDGETS: readonly SizeBudget[] = [
  { package: 'nightshift', bytes: 2_700_000, dependencies: 17 },
  { package: 'client', bytes: 60_000, dependencies: 0 },
  { package: 'embedded-postgres', bytes: 100_000, dependencies: 1 },
];

/** The most that pages and hooks may add to what a browser loads, in bytes after gzip. */
const BROWSER_BYTES_MAX = 12_000;
/** What such a page loads of the client. */
const BROWSER_ENTRIES = ['live', 'page', 'react'];

/** What of a package is over its budget, in sentences. */
export function sizeComplaints(budget: SizeBudget, size: PackageSize): readonly string[] {
  const complaints: string[] = [];
  if (size.bytes > budget.bytes) {
    complaints.push(`${budget.package}: ${size.bytes} bytes of JavaScript, the budget is ${budget.bytes}`);
  }
  if (size.dependencies > budget.dependencies) {
    complaints.push(
      `${budget.package}: ${size.dependencies} dependencies, the budget is ${budget.dependencies}`,
    );
  }
  return complaints;
}

function measure(name: string): PackageSize {
  const folder = path.join(repositoryRoot, 'packages', name);
  if (!existsSync(path.join(folder, 'dist'))) throw new Error(`${name} is not built: npm run build`);
  // The web client inside has a budget of its own.
  const files = globSync('dist/**/*.js', { cwd: folder }).filter(
    (file) => !file.startsWith(path.join('dist', 'web')),
  );
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return {
    bytes: files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0),
    dependencies: Object.keys(dependencies).length,
  };
}

/** Packed kilobytes of JavaScript that the first screen may take, and each piece that is loaded later. */
const FIRST_ROUTE_KB = 260;
const LAZY_CHUNK_KB = 60;

/** What the web client is made of: packed bytes of JavaScript by file, and which files its first page names. */
export interface WebSizes {
  readonly packed: Readonly<Record<string, number>>;
  readonly first: readonly string[];
}

/** What of the web client is over its budget. The first screen is what the page names, and the greatest piece that follows. */
export function webComplaints({ packed, first }: WebSizes): readonly string[] {
  const lazy = Object.entries(packed).filter(([name]) => !first.includes(name));
  const greatest = Math.max(0, ...lazy.map(([, bytes]) => bytes));
  const start = first.reduce((sum, name) => sum + (packed[name] ?? 0), greatest);
  return [
    ...(start > FIRST_ROUTE_KB * 1_000
      ? [`web: the first screen takes ${start} packed bytes, the budget is ${FIRST_ROUTE_KB} kB`]
      : []),
    ...lazy
      .filter(([, bytes]) => bytes > LAZY_CHUNK_KB * 1_000)
      .map(([name, bytes]) => `web: ${name} is ${bytes} packed bytes, the budget is ${LAZY_CHUNK_KB} kB`),
  ];
}

function measureWeb(): WebSizes {
  const folder = path.join(repositoryRoot, 'packages', 'nightshift', 'dist', 'web');
  const page = readFileSync(path.join(folder, 'index.html'), 'utf8');
  const names = globSync('assets/*.js', { cwd: folder }).map((name) => path.basename(name));
  const packed = names.map(
    (name) => [name, gzipSync(readFileSync(path.join(folder, 'assets', name))).length] as const,
  );
  return { packed: Object.fromEntries(packed), first: names.filter((name) => page.includes(name)) };
}

/** What a browser loads of the client, as a bundler makes it. */
async function browserBytes(): Promise<number> {
  const folder = path.join(repositoryRoot, 'packages/client/dist');
  const entries = BROWSER_ENTRIES.map((name) => path.join(folder, `${name}.js`)).filter((file) =>
    existsSync(file),
  );
  const entry = 'pages';
  const bundle = await rolldown({
    input: entry,
    external: ['react'],
    plugins: [
      {
        name: 'entries',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) =>
          id === entry ? entries.map((file) => `export * from ${JSON.stringify(file)};`).join('\n') : null,
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return gzipSync(output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('')).length;
}

function browserComplaints(bytes: number): readonly string[] {
  if (bytes <= BROWSER_BYTES_MAX) return [];
  return [`client: ${bytes} bytes for a browser after gzip, the budget is ${BROWSER_BYTES_MAX}`];
}

if (process.argv[1] === import.meta.filename) {
  const complaints = [
    ...BUDGETS.flatMap((budget) => sizeComplaints(budget, measure(budget.package))),
    ...webComplaints(measureWeb()),
    ...browserComplaints(await browserBytes()),
  ];
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length === 0) console.log('sizes: every package is within its budget');
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
