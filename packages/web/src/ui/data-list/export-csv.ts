import { api } from '../../data/api.ts';
import type { PageQuery } from '../../data/pages.ts';
import { saveFile } from '../../data/save-file.ts';

/** Has the browser save a list, a file for each company. @throws ApiProblem */
export async function exportCsv({ operation, companies, query, params, resource }: PageQuery): Promise<void> {
  const csv = api.csv as unknown as (name: string, input: object) => Promise<Blob>;
  for (const company of companies) {
    saveFile(await csv(operation, { params: { ...params, company }, query }), `${resource}-${company}.csv`);
  }
}
