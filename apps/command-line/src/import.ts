/** `npm run import -- FILES… --market CODE`: loads sales files into a market of a running system. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formats, syntheticMarket } from '@property-insights/imports';
import { handedOver } from '@property-insights/local/admin-token';
import { Api, ApiError, type FilesOptions, type ImportProgress, type ImportState, type NewMarket } from './api.ts';
import { closingTable } from './closing-table.ts';
import { findFiles } from './files.ts';
import { type Form, multipart, type Source } from './form.ts';
import { previewText } from './preview.ts';
import { Progress } from './progress.ts';
import { UsageError } from './usage-error.ts';

const usage = `Usage: npm run import -- FILES… --market CODE [options]

Loads sales files (those of land registries, zips of them, and any CSV, XLSX, JSON lines or Parquet table) into a market, all of them or none.
Of a folder, its .zip, .dat, .csv, .tsv, .xlsx, .jsonl and .parquet files are taken.

  --market CODE       the market, such as nsw; made if there is none
  --name NAME         for a new market, its name, such as "New South Wales"
  --currency CODE     for a new market, its currency, such as AUD
  --time-zone ZONE    for a new market, such as Australia/Sydney
  --attribution TEXT  for a new market, whom to credit for its data
  --licence TEXT      for a new market, the licence of its data
  --preview           what FILES would bring: how they are read, and the first rows; nothing is written
  --mapping FILE      JSON that says which columns of tables are what; --preview shows the one that is used without it
  --format NAME       what FILES are read as, such as nsw-psi; their content decides without it
  --max-rejects SHARE the share of rows that may be rejected, from 0 to 1 (0.1); above it, nothing is written
  --synthetic         sales that are made up, instead of FILES
  --sales N           how many of those (50000)
  --url URL           the system (http://localhost:8080)
  --token TOKEN       with the scope write, or admin to make a market; better in PROPERTY_INSIGHTS_TOKEN, where no list of processes shows it.
                      Not needed with the system that "npm start" runs here

Ends with 0 when done, 1 when that failed, 2 when the command was wrong, 130 when cancelled by Ctrl-C.
`;

interface Command {
  api: Api;
  preview: boolean;
  /** JSON. */
  mapping: string | undefined;
  sources: Source[];
  options: FilesOptions;
  market: Omit<NewMarket, 'name' | 'currency'> & Partial<Pick<NewMarket, 'name' | 'currency'>>;
}

/** As the API has them. */
const formatNames = [...formats.map(({ name }) => name), 'table'];

async function readCommand(args: string[]): Promise<Command | undefined> {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (!values.market && !values.preview) throw new UsageError('Name the market with --market, such as --market nsw.');
  if (!URL.canParse(values.url))
    throw new UsageError(`--url must be a URL such as http://localhost:8080, not "${values.url}".`);
  const sales = Number(values.sales ?? 50_000);
  if (!Number.isInteger(sales) || sales < 1)
    throw new UsageError(`--sales must be a whole number from 1 on, not "${values.sales}".`);
  if (values.synthetic === positionals.length > 0) {
    throw new UsageError('Give the files to import, or --synthetic for sales that are made up, but not both.');
  }
  if (values.sales !== undefined && !values.synthetic) throw new UsageError('--sales goes with --synthetic.');
  if (values.synthetic && (values.preview || values.mapping || values.format)) {
    throw new UsageError('--preview, --mapping and --format go with files, not with --synthetic.');
  }
  const { format, 'max-rejects': share } = values;
  if (format !== undefined && !formatNames.includes(format))
    throw new UsageError(`--format must be one of ${formatNames.join(', ')}, not "${format}".`);
  if (share !== undefined && !(share.trim() !== '' && Number(share) >= 0 && Number(share) <= 1))
    throw new UsageError(`--max-rejects must be a share from 0 to 1, such as 0.25, not "${share}".`);
  if (share !== undefined && values.preview)
    throw new UsageError('--max-rejects goes with an import, not with --preview.');
  return {
    preview: values.preview,
    mapping: values.mapping === undefined ? undefined : await mappingIn(values.mapping),
    api: new Api(values.url, await token(values.url, values.token)),
    options: { market: values.market, format, max_rejects: share },
    sources: values.synthetic ? [syntheticSource(sales)] : await findFiles(positionals),
    market: {
      code: values.market ?? '',
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
        preview: { type: 'boolean', default: false },
        mapping: { type: 'string' },
        format: { type: 'string' },
        'max-rejects': { type: 'string' },
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

async function mappingIn(path: string): Promise<string> {
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

function formOf({ sources, mapping }: Command, progress: Progress): Form {
  let total: number | undefined = 0;
  for (const { bytes } of sources) total = total === undefined || bytes === undefined ? undefined : total + bytes;
  let sent = 0;
  const onSent = (bytes: number) => {
    sent += bytes;
    progress.show('sending', total === undefined ? undefined : sent / Math.max(total, 1), megabytes(sent));
  };
  return multipart(sources, onSent, mapping);
}

/** Milliseconds between two looks at an import, and for how long it may not be seen: the time that a service takes to be replaced. */
const lookInterval = 250;
const patience = 60_000;

/** Follows an import to its end; an abort cancels it. */
async function follow(api: Api, begun: ImportState, progress: Progress, signal: AbortSignal): Promise<ImportState> {
  const ended = await listen(api, begun.id, progress, signal);
  return ended ?? look(api, begun, progress, signal);
}

/** Follows an import by its events; undefined when they were cut off before its end, if only by the abort. */
async function listen(api: Api, id: string, progress: Progress, signal: AbortSignal): Promise<ImportState | undefined> {
  try {
    const events = api.importEvents(id, signal);
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      showProgress(progress, value);
    }
  } catch {
    // What is wrong, if it still is, a look at the import will tell.
    return undefined;
  }
}

/** Follows an import by looking at it now and then, and cancels it at the abort. */
async function look(api: Api, begun: ImportState, progress: Progress, signal: AbortSignal): Promise<ImportState> {
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
      showProgress(progress, state);
    } catch (error) {
      if (!(error instanceof ApiError && error.passing) || performance.now() - lastSeen > patience) throw error;
      cancelling = false;
      await delay(lookInterval);
    }
  }
  return state;
}

function showProgress(progress: Progress, state: ImportState | ImportProgress): void {
  const { stage, bytes_read, bytes_total, rows_read } = state;
  const share = stage === 'reading' && bytes_total > 0 ? bytes_read / bytes_total : undefined;
  const note = [`${count(rows_read)} rows`];
  if ('rows_per_second' in state) {
    if (state.rows_per_second !== null) note.push(`${count(state.rows_per_second)} a second`);
    if (state.seconds_left !== null) note.push(`${state.seconds_left} s left`);
  }
  progress.show(stage ?? 'waiting', share, note.join(', '));
}

const count = new Intl.NumberFormat('en-AU').format;

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
    const { api, market, options } = command;
    const form = formOf(command, progress);
    if (command.preview) {
      const preview = await api.preview(options, form, interrupted.signal);
      progress.clear();
      process.stdout.write(previewText(preview));
      return preview.error === null && preview.files.every(({ error }) => error === null) ? 0 : 1;
    }
    await ensureMarket(command);
    const received = await api.startImport(options, form, interrupted.signal);
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
