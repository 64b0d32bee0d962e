/** `npm run import -- FILES… --market CODE`: loads sales files into a market of a running system. */

import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { syntheticMarket } from '@property-insights/imports';
import { handedOver } from '@property-insights/local/admin-token';
import { Api, ApiError, type ImportState, type NewMarket } from './api.ts';
import { closingTable } from './closing-table.ts';
import { findFiles } from './files.ts';
import { multipart, type Source } from './form.ts';
import { Progress } from './progress.ts';
import { UsageError } from './usage-error.ts';

const usage = `Usage: npm run import -- FILES… --market CODE [options]

Loads sales files (New South Wales .DAT files, zips of them, our own CSV) into a market, all of them or none.
Of a folder, its .zip, .dat and .csv files are taken.

  --market CODE       the market, such as nsw; made if there is none
  --name NAME         for a new market, its name, such as "New South Wales"
  --currency CODE     for a new market, its currency, such as AUD
  --time-zone ZONE    for a new market, such as Australia/Sydney
  --attribution TEXT  for a new market, whom to credit for its data
  --licence TEXT      for a new market, the licence of its data
  --synthetic         sales that are made up, instead of FILES
  --sales N           how many of those (50000)
  --url URL           the system (http://localhost:8080)
  --token TOKEN       with the scope write, or admin to make a market; better in PROPERTY_INSIGHTS_TOKEN, where no list of processes shows it.
                      Not needed with the system that "npm start" runs here

Ends with 0 when done, 1 when that failed, 2 when the command was wrong, 130 when cancelled by Ctrl-C.
`;

interface Command {
  api: Api;
  sources: Source[];
  market: Omit<NewMarket, 'name' | 'currency'> & Partial<Pick<NewMarket, 'name' | 'currency'>>;
}

async function readCommand(args: string[]): Promise<Command | undefined> {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (!values.market) throw new UsageError('Name the market with --market, such as --market nsw.');
  if (!URL.canParse(values.url))
    throw new UsageError(`--url must be a URL such as http://localhost:8080, not "${values.url}".`);
  const sales = Number(values.sales ?? 50_000);
  if (!Number.isInteger(sales) || sales < 1)
    throw new UsageError(`--sales must be a whole number from 1 on, not "${values.sales}".`);
  if (values.synthetic === positionals.length > 0) {
    throw new UsageError('Give the files to import, or --synthetic for sales that are made up, but not both.');
  }
  if (values.sales !== undefined && !values.synthetic) throw new UsageError('--sales goes with --synthetic.');
  return {
    api: new Api(values.url, await token(values.url, values.token)),
    sources: values.synthetic ? [syntheticSource(sales)] : await findFiles(positionals),
    market: {
      code: values.market,
      name: values.name,
      currency: values.currency,
      time_zone: values['time-zone'],
      attribution: values.attribution,
      licence: values.licence,
      is_synthetic: values.synthetic,
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        market: { type: 'string' },
        name: { type: 'string' },
        currency: { type: 'string' },
        'time-zone': { type: 'string' },
        attribution: { type: 'string' },
        licence: { type: 'string' },
        synthetic: { type: 'boolean', default: false },
        sales: { type: 'string' },
        token: { type: 'string' },
        url: { type: 'string', default: 'http://localhost:8080' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** What was given, or what the system that runs with the project's own data directory has left for us. */
async function token(url: string, given: string | undefined): Promise<string | undefined> {
  const text = given ?? process.env.PROPERTY_INSIGHTS_TOKEN;
  if (text === undefined || text === '') return handedOver(resolve(import.meta.dirname, '../../../.data'), url);
  if (/^pi_[\w-]+$/.test(text)) return text;
  throw new UsageError('The token must begin with pi_; "POST /api/tokens" makes one.');
}

function syntheticSource(sales: number): Source {
  return {
    name: `synthetic-${sales}.csv`,
    bytes: undefined,
    *content() {
      for (const piece of syntheticMarket({ sales })) yield Buffer.from(piece);
    },
  };
}

/** Makes the market unless it is there. */
async function ensureMarket({ api, market }: Command): Promise<void> {
  const { code, name, currency } = market;
  const existing = (await api.markets()).find((other) => other.code === code);
  if (existing) {
    if (currency === undefined || currency === existing.currency) return;
    throw new UsageError(
      `The market "${code}" is in ${existing.currency}, not ${currency}. Leave --currency out, or take another market.`,
    );
  }
  if (!name || !currency) {
    throw new UsageError(
      `There is no market "${code}" yet. To make it, give its --name and --currency, such as --name "New South Wales" --currency AUD.`,
    );
  }
  await api.addMarket({ ...market, name, currency }).catch((error: unknown) => {
    // Made by someone else in this moment.
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
}

async function send({ api, sources, market }: Command, progress: Progress, signal: AbortSignal): Promise<ImportState> {
  let total: number | undefined = 0;
  for (const { bytes } of sources) total = total === undefined || bytes === undefined ? undefined : total + bytes;
  let sent = 0;
  const form = multipart(sources, (bytes) => {
    sent += bytes;
    progress.show('sending', total === undefined ? undefined : sent / Math.max(total, 1), megabytes(sent));
  });
  return api.startImport(market.code, form, signal);
}

/** Milliseconds between two looks at an import, and for how long it may not be seen: the time that a service takes to be replaced. */
const lookInterval = 250;
const patience = 60_000;

/** Follows an import to its end; an abort cancels it. */
async function follow(api: Api, begun: ImportState, progress: Progress, signal: AbortSignal): Promise<ImportState> {
  let state = begun;
  let cancelling = false;
  let lastSeen = performance.now();
  while (state.state === 'received' || state.state === 'running') {
    try {
      if (signal.aborted && !cancelling) {
        cancelling = true;
        // Refused if it has just ended by itself.
        await api.cancelImport(state.id).catch((error: unknown) => {
          if (!(error instanceof ApiError && error.status === 409)) throw error;
        });
      } else {
        await delay(lookInterval, undefined, cancelling ? {} : { signal }).catch(() => undefined);
      }
      state = await api.import(state.id);
      lastSeen = performance.now();
      const { stage, bytes_read, bytes_total, rows_read } = state;
      const reading = stage === 'reading';
      const share = reading && bytes_total > 0 ? bytes_read / bytes_total : undefined;
      progress.show(stage ?? 'waiting', share, `${rows_read.toLocaleString('en-AU')} rows`);
    } catch (error) {
      if (!(error instanceof ApiError && error.passing) || performance.now() - lastSeen > patience) throw error;
      cancelling = false;
      await delay(lookInterval);
    }
  }
  return state;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function main(): Promise<number> {
  const begun = performance.now();
  const progress = new Progress(process.stderr);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  try {
    const command = await readCommand(process.argv.slice(2));
    if (!command) {
      process.stdout.write(usage);
      return 0;
    }
    const { api, market } = command;
    await ensureMarket(command);
    const received = await send(command, progress, interrupted.signal);
    const ended = await follow(api, received, progress, interrupted.signal);
    progress.clear();
    process.stdout.write(`${closingTable(ended, market.code, (performance.now() - begun) / 1000, api.url)}\n`);
    return { finished: 0, failed: 1, cancelled: 130, received: 1, running: 1 }[ended.state];
  } catch (error) {
    progress.clear();
    if (interrupted.signal.aborted && !(error instanceof ApiError)) {
      process.stderr.write('Cancelled before everything was sent; nothing was written.\n');
      return 130;
    }
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    if (error instanceof UsageError) process.stderr.write('"npm run import -- --help" tells the options.\n');
    return error instanceof UsageError ? 2 : 1;
  }
}

process.exitCode = await main();
