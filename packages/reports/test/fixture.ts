/** Documents of a market in memory. */
import { cite } from '@property-insights/analytics';
import type { FixtureStore } from '../../analytics/test/fixture-market.ts';
import { createDocument, type Report, type ReportDocument, reports } from '../src/index.ts';
import type { Language } from '../src/language.ts';
import type { Ask } from '../src/report.ts';

const market = {
  id: 2,
  code: 'test',
  name: 'Test Market',
  currency: 'AUD',
  time_zone: 'UTC',
  is_synthetic: false,
  attribution: 'Register of Tests',
  licence: 'CC BY 4.0',
  covered_from: null,
  covered_to: null,
};

/** On the charts of the market: within its sales, and before them. */
const notes = [
  { day: '2023-07-01', text: 'Stamp duty is abolished for first buyers.' },
  { day: '1901-01-01', text: 'The states federate.' },
];

/** @param name of a report */
export function documentOf(
  store: Pick<FixtureStore, 'ask'>,
  name: string,
  parameters: Record<string, unknown> & { language?: Language; commentary?: string } = {},
): Promise<ReportDocument> {
  const report = reports.find((each) => each.name === name);
  if (!report) throw new Error(`There is no report ${name}.`);
  return documentOfReport(store, report, parameters);
}

export function documentOfReport(
  store: Pick<FixtureStore, 'ask'>,
  report: Report,
  parameters: Record<string, unknown> & { language?: Language; commentary?: string },
): Promise<ReportDocument> {
  const reached = { version: 3, lineage: '00000000-0000-4000-8000-000000000000' };
  const writtenAt = new Date('2024-07-01T10:00:00Z');
  const ask: Ask = async (question, asked) => {
    const answer = await store.ask(question, asked);
    const address = `https://example.org/api/analytics/${question.name}`;
    const about = {
      question,
      address,
      parameters: asked,
      market,
      reached,
      writtenAt,
      hash: '0'.repeat(64),
      cited: undefined,
    };
    return Object.assign(answer as object, { citation: cite(about) }) as never;
  };
  return createDocument({
    report,
    parameters,
    ask,
    market,
    reached,
    writtenAt,
    notes: async () => notes,
    address: `https://example.org/reporting/${report.name}`,
    letterhead: null,
    cited: undefined,
  });
}
