import { type Replica, summary } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import type { App } from '@property-insights/service';
import { marketCode, noParameters } from '@property-insights/service/schemas';
import { type Static, Type } from 'typebox';
import { readLedger } from '../data/ledger.ts';
import { findMarket } from '../data/markets.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const Ledger = Type.Object({
  market: Type.String(),
  version: Type.Integer({ description: 'The version of the market that the counts are of' }),
  rows: Type.Object(
    {
      read: count('Rows of all finished imports: the sum of the next'),
      rejected: count('Rows that could not be read'),
      duplicate: count('Rows that changed nothing, because the market had them'),
      superseded: count('Rows that a later issue of the same sale replaced'),
      deleting: count('Rows by which a source withdrew a sale'),
      places: count('Rows of gazetteers'),
      sales: count('Rows that became sales'),
    },
    { description: 'From rows read to sales' },
  ),
  sales: Type.Object(
    {
      imported: count('Sales that imports added'),
      entered: count('Sales that other revisions added: entries by hand, corrections and undos'),
      retired: count('Sales that were replaced, withdrawn, removed or undone'),
      in_force: count('Imported and entered sales without the retired ones'),
    },
    { description: 'From sales to those in force' },
  ),
  shown: Type.Object(
    {
      left_out: Type.Record(Type.String(), Type.Integer(), { description: 'Sales that are not standard, by reason' }),
      standard: count('Standard sales, which levels are computed from'),
      undated: count('Standard sales without a contract date'),
      before: count('Standard sales before the covered period'),
      after: count('Standard sales after it'),
      covered: count('The others, by which comparisons through time are made'),
    },
    { description: 'From sales in force to those that figures rest on' },
  ),
});

export function ledgerRoutes(app: App, database: Database, replica: Promise<Replica>): void {
  app.get(
    '/api/markets/:code/ledger',
    {
      config: { metered: true },
      schema: {
        summary: 'Where every row of a market went, from rows read to sales shown',
        params: Type.Object({ code: marketCode }),
        querystring: noParameters,
        response: { 200: Ledger },
      },
    },
    async (request, reply) => {
      const { id, code } = await findMarket(database, request.params.code);
      const opened = await replica;
      const options = { address: '/api/analytics/summary', budget: () => opened.budgets.of(request.caller) };
      const { body, version } = await opened.answer(summary, { market: code }, options);
      const { sales: standard, left_out, covered } = JSON.parse(body.toString()) as Static<typeof summary.result>;
      const { undated, before, after } = covered;
      const shown = { left_out: left_out.by_reason, standard, undated, before, after };
      return reply.send({
        market: code,
        version,
        ...(await readLedger(database, id, version)),
        shown: { ...shown, covered: standard - undated - before - after },
      });
    },
  );
}
