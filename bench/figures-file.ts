import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What the file holds: the figures of each scenario by its name. */
type Figures = Readonly<Record<string, unknown>>;

/** Reads the file; empty where there is none. @throws Error when it is not such a file */
export async function readFigures(file: string): Promise<Figures> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const held: unknown = JSON.parse(text);
  if (typeof held === 'object' && held !== null && !Array.isArray(held)) return held as Figures;
  throw new Error(`${file} does not hold figures of this benchmark.`);
}

/** Puts one scenario into the file, in place of what it held of it. */
export async function writeFigures(file: string, name: string, figures: unknown): Promise<void> {
  const held = await readFigures(file);
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, `${JSON.stringify({ ...held, [name]: figures }, null, 2)}\n`);
}
