/** The import command, from its arguments to its exit code. */
import { type Api, ApiError } from './api.ts';
import { closingTable } from './closing-table.ts';
import { followImport } from './follow.ts';
import { type Form, multipart } from './form.ts';
import { type Command, readCommand, usage } from './options.ts';
import { previewText } from './preview.ts';
import { Progress, type ProgressOutput } from './progress.ts';
import { UsageError } from './usage-error.ts';

export interface CommandOptions {
  /** `PROPERTY_INSIGHTS_TOKEN` is the token unless `--token` is given. */
  environment: { PROPERTY_INSIGHTS_TOKEN?: string | undefined };
  stdout: { write(text: string): unknown };
  /** Receives progress and errors. */
  stderr: ProgressOutput;
  /** Cancels the import. */
  signal: AbortSignal;
}

/**
 * Runs the command with these arguments.
 * @returns the exit code: 0 on success, 1 on failure, 2 if the arguments are wrong, 130 if the import was cancelled.
 */
export async function runImportCommand(args: string[], options: CommandOptions): Promise<number> {
  const { environment, stdout, stderr, signal } = options;
  const started = performance.now();
  const progress = new Progress(stderr);
  try {
    const command = await readCommand(args, environment.PROPERTY_INSIGHTS_TOKEN);
    if (command === 'help') {
      stdout.write(usage);
      return 0;
    }
    if (command.skipped.length > 0) stderr.write(skippedText(command.skipped));
    if (command.options.format !== undefined) await assertFormat(command.api, command.options.format);
    const form = formOf(command, progress);
    if (command.preview) {
      const preview = await command.api.preview(command.options, form, signal);
      progress.clear();
      stdout.write(previewText(preview));
      return preview.error === null && preview.files.every(({ error }) => error === null) ? 0 : 1;
    }
    const { api, market } = command;
    await ensureMarket(command);
    const received = await api.startImport(command.options, form, signal);
    const ended = await followImport(api, received, progress, signal);
    progress.clear();
    stdout.write(`${closingTable(ended, market.code, (performance.now() - started) / 1000, api.url)}\n`);
    return { finished: 0, failed: 1, cancelled: 130, received: 1, running: 1 }[ended.state];
  } catch (error) {
    progress.clear();
    if (signal.aborted && !(error instanceof ApiError)) {
      stderr.write('Cancelled before all files were sent; nothing was written.\n');
      return 130;
    }
    stderr.write(`${error instanceof Error ? error.message : error}\n`);
    if (error instanceof ApiError && error.status === 401) stderr.write(`${tokenAdvice}\n`);
    if (!(error instanceof UsageError)) return 1;
    stderr.write('"npm run import -- --help" lists the options.\n');
    return 2;
  }
}

const tokenAdvice =
  'Give a token with --token or PROPERTY_INSIGHTS_TOKEN. The token of a system on this machine is found by its data directory: give --data-dir.';

const maxSkippedShown = 20;

function skippedText(files: string[]): string {
  const more = files.length - maxSkippedShown;
  const shown = files.slice(0, maxSkippedShown).join(', ');
  return `Not taken, because their names do not end as those of sales files do: ${shown}${more > 0 ? ` and ${more} more` : ''}.\n`;
}

async function assertFormat(api: Api, format: string): Promise<void> {
  const names = await api.formatNames();
  if (!names.includes(format)) {
    throw new UsageError(`--format must be one of ${names.join(', ')}, not "${format}".`);
  }
}

/** Makes the market if it does not exist. */
async function ensureMarket({ api, market }: Command): Promise<void> {
  const { code, name, currency } = market;
  const existing = (await api.markets()).find((other) => other.code === code);
  if (existing) {
    if (currency === undefined || currency === existing.currency) return;
    throw new UsageError(
      `The market "${code}" is in ${existing.currency}, not ${currency}. Omit --currency, or choose another market.`,
    );
  }
  if (!name || !currency) {
    throw new UsageError(
      `There is no market "${code}". To make it, add --name and --currency, such as --name "New South Wales" --currency AUD.`,
    );
  }
  await api.addMarket({ ...market, name, currency }).catch((error: unknown) => {
    // Another client has made it in the meantime.
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
}

function formOf({ sources, mapping }: Command, progress: Progress): Form {
  let total: number | undefined = 0;
  for (const { bytes } of sources) total = total === undefined || bytes === undefined ? undefined : total + bytes;
  let sent = 0;
  const onSent = (bytes: number) => {
    sent += bytes;
    const share = total === undefined ? undefined : sent / Math.max(total, 1);
    progress.show('sending', share, `${(sent / 1e6).toFixed(1)} MB`);
  };
  return multipart(sources, onSent, mapping);
}
