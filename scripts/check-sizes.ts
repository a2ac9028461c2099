// Keeps the published packages small: what grows past its budget needs a decision, not a shrug.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
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
  { package: 'nightshift', bytes: 2_600_000, dependencies: 12 },
  { package: 'client', bytes: 20_000, dependencies: 0 },
  { package: 'embedded-postgres', bytes: 100_000, dependencies: 1 },
];

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
  const files = globSync('dist/**/*.js', { cwd: folder });
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return {
    bytes: files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0),
    dependencies: Object.keys(dependencies).length,
  };
}

if (process.argv[1] === import.meta.filename) {
  const complaints = BUDGETS.flatMap((budget) => sizeComplaints(budget, measure(budget.package)));
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length === 0) console.log('sizes: every package is within its budget');
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
