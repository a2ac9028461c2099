// Writes packages/nightshift/openapi.json, the specification of the HTTP interface, from the contract. `--check` writes nothing
// and fails when the file is not current: what changes on the wire is seen in a review.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openApiDocument } from 'nightshift/server';
import { repositoryRoot } from './source-files.ts';

const FILE = path.join('packages', 'nightshift', 'openapi.json');

function main(): void {
  const file = path.join(repositoryRoot, FILE);
  const present = existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '';
  const current = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  if (current === present) {
    console.log(`openapi: ${FILE} is current`);
  } else if (process.argv.includes('--check')) {
    console.log(
      `openapi: ${FILE} is not what the contract says; run "npm run openapi" and review the change`,
    );
    process.exitCode = 1;
  } else {
    writeFileSync(file, current);
    console.log(`openapi: ${FILE} is written`);
  }
}

main();
