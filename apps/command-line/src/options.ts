/** The arguments of the import command. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { readAdminToken } from '@property-insights/admin-token';
import { parseOptions } from '@property-insights/command-options';
import { Api, type FilesOptions, type NewMarket } from './api.ts';
import { findFiles } from './files.ts';
import type { Source } from './form.ts';
import { UsageError } from './usage-error.ts';

export const usage = `Usage: npm run import -- FILES… --market CODE [options]

Loads sales files into a market: all of them, or none if one fails. FILES are files of land registries, zips of them, or any CSV, XLSX, ODS,
JSON, GeoJSON or Parquet table. Of a folder, all .zip, .gz, .dat, .csv, .tsv, .xlsx, .ods, .jsonl, .ndjson, .geojson and .parquet files
are loaded.

  --market CODE       the market, such as nsw; made if it does not exist
  --name NAME         the name of a new market, such as "New South Wales"
  --currency CODE     the currency of a new market, such as AUD
  --time-zone ZONE    the time zone of a new market, such as Australia/Sydney
  --attribution TEXT  the attribution of a new market's data
  --licence TEXT      the licence of a new market's data
  --default           makes a new market the default market
  --preview           shows how FILES are read, with their first rows; writes nothing
  --mapping FILE      JSON that assigns the columns of tables; --preview shows the default mapping
  --format NAME       the format of FILES, such as nsw-psi; detected by default
  --max-rejects SHARE the maximum share of rejected rows, from 0 to 1 (default 0.1, or 0 with --edition complete); if it is exceeded, nothing is written
  --edition complete  FILES are all sales of their sources: sales that came from them and are not in FILES are retired. With --preview,
                      states how many
  --synthetic         loads synthetic sales instead of FILES
  --sales N           the number of synthetic sales (default 50000)
  --url URL           the address of the system (default http://localhost:8080)
  --token TOKEN       a token with the scope write, or admin to make a market. Prefer the variable PROPERTY_INSIGHTS_TOKEN, which does not
                      show in the list of processes. Not needed for the system that "npm start" runs on this machine
  --data-dir DIR      the data directory of that system, if it was started with one (default .data in the project)

Exit codes: 0 on success, 1 on failure, 2 if the arguments are wrong, 130 if cancelled with Ctrl-C.
`;

/** What the arguments ask for. */
export interface Command {
  api: Api;
  preview: boolean;
  /** JSON. */
  mapping: string | undefined;
  sources: Source[];
  /** The files of the given folders that are not taken. */
  skipped: string[];
  options: FilesOptions;
  market: Omit<NewMarket, 'name' | 'currency'> & Partial<Pick<NewMarket, 'name' | 'currency'>>;
}

/**
 * @param defaultToken the token if the arguments have none
 * @throws UsageError if the arguments are wrong
 */
export async function readCommand(args: string[], defaultToken: string | undefined): Promise<Command | 'help'> {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  if (!values.market && !values.preview) throw new UsageError('Name the market with --market, such as --market nsw.');
  if (!URL.canParse(values.url))
    throw new UsageError(`--url must be a URL such as http://localhost:8080, not "${values.url}".`);
  const sales = Number(values.sales ?? 50_000);
  if (!Number.isInteger(sales) || sales < 1)
    throw new UsageError(`--sales must be a whole number of at least 1, not "${values.sales}".`);
  if (values.synthetic === positionals.length > 0) {
    throw new UsageError('Give either the files to import or --synthetic.');
  }
  if (values.sales !== undefined && !values.synthetic) throw new UsageError('--sales requires --synthetic.');
  if (values.synthetic && (values.preview || values.mapping || values.format || values.edition)) {
    throw new UsageError(
      '--preview, --mapping, --format and --edition require files; they cannot be used with --synthetic.',
    );
  }
  const { 'max-rejects': share } = values;
  if (share !== undefined && !(share.trim() !== '' && Number(share) >= 0 && Number(share) <= 1))
    throw new UsageError(`--max-rejects must be a share from 0 to 1, such as 0.25, not "${share}".`);
  if (share !== undefined && values.preview)
    throw new UsageError('--max-rejects applies to an import; it cannot be used with --preview.');
  return {
    preview: values.preview,
    mapping: values.mapping === undefined ? undefined : await readMapping(values.mapping),
    api: new Api(values.url, await findToken(values.url, values.token ?? defaultToken, values['data-dir'])),
    options: { market: values.market, format: values.format, edition: readEdition(values.edition), max_rejects: share },
    ...(values.synthetic ? { sources: [syntheticSource(sales)], skipped: [] } : await findFiles(positionals)),
    market: {
      code: values.market ?? '',
      name: values.name,
      currency: values.currency,
      time_zone: values['time-zone'],
      attribution: values.attribution,
      licence: values.licence,
      is_default: values.default,
      is_synthetic: values.synthetic,
    },
  };
}

const options = {
  market: { type: 'string' },
  name: { type: 'string' },
  currency: { type: 'string' },
  'time-zone': { type: 'string' },
  attribution: { type: 'string' },
  licence: { type: 'string' },
  default: { type: 'boolean', default: false },
  preview: { type: 'boolean', default: false },
  mapping: { type: 'string' },
  format: { type: 'string' },
  'max-rejects': { type: 'string' },
  edition: { type: 'string' },
  synthetic: { type: 'boolean', default: false },
  sales: { type: 'string' },
  token: { type: 'string' },
  'data-dir': { type: 'string', default: resolve(import.meta.dirname, '../../../.data') },
  url: { type: 'string', default: 'http://localhost:8080' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

function parse(args: string[]) {
  try {
    return parseOptions({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The given token, or else the token of the local system that uses a data directory. */
async function findToken(url: string, given: string | undefined, dataDirectory: string): Promise<string | undefined> {
  if (given === undefined || given === '') return readAdminToken(dataDirectory, url);
  if (/^pi_[\w-]+$/.test(given)) return given;
  throw new UsageError('The token must begin with pi_; "POST /api/tokens" makes one.');
}

function readEdition(edition: string | undefined): 'complete' | undefined {
  if (edition === undefined || edition === 'complete') return edition;
  throw new UsageError(`--edition must be complete, not "${edition}".`);
}

async function readMapping(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The mapping "${path}" cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function syntheticSource(sales: number): Source {
  return {
    name: `synthetic-${sales}.csv`,
    bytes: undefined,
    async *content() {
      // Loaded only here, so that other commands start sooner.
      const { syntheticMarket } = await import('@property-insights/imports/synthetic');
      for (const text of syntheticMarket({ sales })) yield Buffer.from(text);
    },
  };
}
