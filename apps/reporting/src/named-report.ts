/** Reports by their names, with parameters that are no part of a URL: those of links, jobs and schedules. */
import { validate } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import { customReport, type Report, reports } from '@property-insights/reports';
import { problems } from '@property-insights/service';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { findDefinition } from './data/definitions.ts';
import type { ReportQuery } from './make-report.ts';
import { reportParameters } from './report-parameters.ts';

/** The members of a body that name a report. */
export const namedParameters = {
  report: Type.String({
    pattern: '^[a-z0-9-]{1,60}(/[a-z0-9-]{1,60})?$',
    'x-expected': 'the name of a report, such as market-report or custom/regions',
    description: 'The name of a report, as `GET /reporting` lists it.',
  }),
  parameters: Type.Optional(
    Type.Unsafe<object>({
      type: 'object',
      additionalProperties: true,
      description: 'Its parameters. With `as_of`, it always has the same numbers.',
    }),
  ),
};

export interface NamedReport {
  report: Report;
  /** Validated. */
  query: ReportQuery;
}

/** @throws InvalidQuestion, a 404 problem */
export async function reportNamed(database: Database, name: string, parameters: object): Promise<NamedReport> {
  const [kind, custom] = name.split('/');
  const report = reports.find((each) => each.name === name);
  if (!report && (kind !== 'custom' || !custom)) throw problems.notFound(`There is no report "${name}".`);
  const input = report ? { report, query: parameters } : await customInput(database, custom as string, parameters);
  validate(Type.Object(reportParameters(input.report), { additionalProperties: false }), input.query);
  return input;
}

/**
 * A custom report with the parameters of a request, which then name its market and edition.
 * @throws a 404 problem
 */
export async function customInput(database: Database, name: string, query: { edition?: number }): Promise<NamedReport> {
  const { edition, definition } = await findDefinition(database, name, query.edition);
  return {
    report: customReport(`custom/${name}`, definition),
    query: { ...(definition.market && { market: definition.market }), ...query, edition } as ReportQuery,
  };
}

/** The parameters of a report at one version in one spelling: with every default, and sorted by name. */
export function canonical({ report, query }: NamedReport, at: { market: string; as_of: number }): ReportQuery {
  const complete = Value.Default(Type.Object(reportParameters(report)), { ...query, ...at }) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(complete).sort(([a], [b]) => (a < b ? -1 : 1))) as ReportQuery;
}
