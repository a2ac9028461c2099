import { z } from 'zod';
import { NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import { isReport, type Report } from '../reports/index.ts';
import type { Caller } from '../session/index.ts';
import type { ListedReport } from './remote/reports.ts';
import { platformOf } from './with-caller.ts';

/** The reports of the application, where it is at hand: as a server lists its own. */
export const reportsHere = {
  async list(caller: Caller): Promise<readonly ListedReport[]> {
    return reportsOf(platformOf(caller)).map(listedReport);
  },
};

/** The report that a person means, by its name or its number. @throws NightshiftError REPORT_UNKNOWN */
export function reportHere(platform: Platform, nameOrId: string): Report {
  return namedReport(reportsOf(platform), nameOrId);
}

/** As `reportHere`, among those of an application anywhere. */
export function namedReport<Listed extends Pick<ListedReport, 'name' | 'id'>>(
  all: readonly Listed[],
  nameOrId: string,
): Listed {
  const found = all.find(({ name }) => name === nameOrId) ?? all.find(({ id }) => String(id) === nameOrId);
  if (found !== undefined) return found;
  const near = all.find(({ name }) => name.toLowerCase() === nameOrId.toLowerCase());
  const known = all.map(({ name }) => name).join(', ') || 'none';
  const hint = near === undefined ? `It has: ${known}.` : `Did you mean "${near.name}"?`;
  throw new NightshiftError('REPORT_UNKNOWN', `This application has no report "${nameOrId}". ${hint}`, {
    field: 'report',
  });
}

function reportsOf({ codeunits }: Platform): readonly Report[] {
  return codeunits
    .names()
    .map((name) => codeunits.get(name))
    .filter(isReport);
}

function listedReport(report: Report): ListedReport {
  const { name, id, description, parameters, outputTypes, isolation, permissions } = report;
  return {
    name,
    id,
    description,
    parametersSchema: parameters === null ? null : jsonSchemaOf(parameters),
    outputTypes: [...outputTypes],
    isolation,
    tables: { ...permissions.tables },
  };
}

/** What no JSON schema says takes anything. */
function jsonSchemaOf(schema: z.ZodType): unknown {
  try {
    return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  } catch {
    return {};
  }
}
