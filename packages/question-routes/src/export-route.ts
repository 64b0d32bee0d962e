import { citedParameters, filtersOnly, queryOf, type Replica } from '@property-insights/analytics';
import type { App } from '@property-insights/service';
import type { FastifySchema } from 'fastify';
import { type Static, Type } from 'typebox';
import { cited, citedHeaders, coveredBy, coveredHeaders, notice, noticeHeader, placingNotice } from './cited.ts';
import { rawParameter } from './csv.ts';
import { abortOnDisconnect, ignoreDisconnect } from './disconnect.ts';

const mediaTypes = {
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
};

const parameters = { ...filtersOnly.properties, as_of: citedParameters.as_of };
const querystrings = {
  csv: Type.Object({ ...parameters, ...rawParameter }, { additionalProperties: false }),
  parquet: Type.Object(parameters, { additionalProperties: false }),
};

/** Adds the route of an export: `GET` streams every sale that fits the filters as one file. */
export function exportRoute(app: App, path: string, format: 'csv' | 'parquet', replica: Promise<Replica>): void {
  const schema: FastifySchema = {
    summary: `Every sale that fits, as one ${format === 'csv' ? 'CSV' : 'Parquet'} file`,
    description:
      'The file is streamed, so it can have any size. It has to be read within 15 minutes. Its rows are in no particular order; its columns are the members of a sale in `sales`.',
    querystring: querystrings[format],
    response: {
      200: {
        description: 'The file',
        headers: {
          ...citedHeaders,
          ...coveredHeaders,
          [noticeHeader]: {
            type: 'string',
            description: 'While a gazetteer places the sales of the market: the version that is awaited.',
          },
        },
        content: { [mediaTypes[format].split(';')[0] as string]: { schema: { type: 'string', format: 'binary' } } },
      },
    },
  };
  // HEAD would have to make the file to know its length.
  app.get(path, { schema, config: { metered: true }, exposeHeadRoute: false }, async (request, reply) => {
    const { as_of: asOf, raw, ...filters } = request.query as Static<typeof querystrings.csv>;
    const signal = abortOnDisconnect(reply);
    const opened = await replica;
    const budget = opened.budgets.of(request.caller);
    const file = await opened
      .export(raw ? 'raw-csv' : format, filters, signal, asOf, budget)
      .catch(ignoreDisconnect(reply));
    if (!file) return reply;
    const query = queryOf({ ...filters, market: file.market.code });
    query.append('as_of', String(file.version));
    return reply
      .headers({
        'content-type': mediaTypes[format],
        'content-length': file.bytes,
        ...cited(file.version, `${request.protocol}://${request.host}${path}?${query}`),
        ...coveredBy(file),
        ...notice([placingNotice(file)]),
        'content-disposition': `attachment; filename="sales-${file.market.code}-${file.version}.${format}"`,
      })
      .send(file.stream);
  });
}
