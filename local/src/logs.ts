/** The logs of all processes as one stream: one line for each event, with its source. */

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];
export type LogFormat = 'pretty' | 'json';

/** Writes to the stream for one source. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  event(event: LogEvent): void;
  /** A line of a process's output: a JSON record of pino, or plain text. */
  line(line: string): void;
}

export interface LogEvent {
  level: Level;
  /** Milliseconds since 1970; defaults to now. */
  time?: number;
  message: string;
}

export interface LogsOptions {
  format: LogFormat;
  write: (text: string) => void;
  /** ANSI colours, for a terminal. */
  colours?: boolean;
}

/** Members of pino's records that are not shown as details. */
const hiddenMembers = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'source', 'err', 'v']);

const grey = 90;
const levelColours: Record<Level, number> = { trace: grey, debug: grey, info: 32, warn: 33, error: 31, fatal: 31 };
const sourceColours = [36, 35, 34, 96, 95, 94];

export class Logs {
  readonly #options: LogsOptions;
  /** In order of appearance, which determines the colour. */
  readonly #sources: string[] = [];

  constructor(options: LogsOptions) {
    this.#options = options;
  }

  /** The log of one source, such as `analytical-1`. */
  source(source: string): Log {
    const event = (event: LogEvent) => this.#event(source, event);
    return {
      event,
      info: (message) => event({ level: 'info', message }),
      warn: (message) => event({ level: 'warn', message }),
      error: (message) => event({ level: 'error', message }),
      line: (line) => this.#line(source, line),
    };
  }

  /** Writes a message for people; without time and source in the format `pretty`. */
  announce(message: string): void {
    if (this.#options.format === 'pretty') this.#options.write(`${message}\n`);
    else this.#event('local', { level: 'info', message });
  }

  #event(source: string, { level, time = Date.now(), message }: LogEvent): void {
    if (this.#options.format === 'pretty') this.#pretty(source, level, time, message);
    else this.#json({ source, level: levelNumber(level), time, msg: message });
  }

  #line(source: string, line: string): void {
    if (line.trim() === '') return;
    const record = parseRecord(line);
    if (!record) this.#event(source, { level: 'info', message: line });
    else if (this.#options.format === 'json') this.#json({ source, ...record });
    // Metrics, which CloudWatch extracts from the log.
    else if ('_aws' in record) return;
    else {
      const { level, time, msg, err } = record;
      const details = Object.entries(record)
        .filter(([name]) => !hiddenMembers.has(name))
        .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
      const text = [typeof msg === 'string' ? msg : '', ...details].filter((part) => part !== '').join(' ');
      this.#pretty(source, levelName(level), milliseconds(time), [text, ...errorLines(err)].join('\n'));
    }
  }

  #json(record: Record<string, unknown>): void {
    this.#options.write(`${JSON.stringify(record)}\n`);
  }

  #pretty(source: string, level: Level, time: number, text: string): void {
    if (!this.#sources.includes(source)) this.#sources.push(source);
    const sourceColour = sourceColours[this.#sources.indexOf(source) % sourceColours.length] as number;
    const columns = [
      this.#colour(grey, clockTime(time)),
      this.#colour(sourceColour, source.padEnd(12)),
      this.#colour(levelColours[level], level.padEnd(5)),
    ].join(' ');
    // Each line of a stack trace gets the source.
    this.#options.write(
      text
        .split('\n')
        .map((line) => `${columns} ${line}\n`)
        .join(''),
    );
  }

  #colour(code: number, text: string): string {
    return this.#options.colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** pino numbers its levels 10, 20, … 60. */
function levelName(level: unknown): Level {
  if (typeof level === 'number') return levels[Math.min(Math.max(Math.floor(level / 10), 1), 6) - 1] as Level;
  return levels.find((name) => name === level) ?? 'info';
}

function levelNumber(level: Level): number {
  return (levels.indexOf(level) + 1) * 10;
}

function milliseconds(time: unknown): number {
  if (typeof time === 'number') return time;
  const parsed = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(parsed) ? Date.now() : parsed;
}

function clockTime(time: number): string {
  const date = new Date(time);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function errorLines(err: unknown): string[] {
  if (typeof err !== 'object' || err === null) return [];
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  const text = typeof stack === 'string' ? stack : typeof message === 'string' ? message : JSON.stringify(err);
  return text.split('\n');
}

const postgresLevels: Record<string, Level> = {
  DEBUG: 'debug',
  LOG: 'info',
  INFO: 'info',
  NOTICE: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  PANIC: 'fatal',
};

/** Settings that make PostgreSQL's log lines parseable: the time in seconds since 1970, then the message. */
export const postgresLogSettings = { log_line_prefix: '%n ', lc_messages: 'C' };

/** Reads PostgreSQL's log lines (with `postgresLogSettings`); continuation lines have the level of the line before. */
export function postgresLog(log: Log): (line: string) => void {
  let level: Level = 'info';
  return (line) => {
    const [, time, severity, message] = line.match(/^(\d+\.\d+) ([A-Z]+)\d?: {1,2}(.*)$/) ?? [];
    if (severity) level = postgresLevels[severity] ?? level;
    const continued = severity && !postgresLevels[severity] ? `${severity.toLowerCase()}: ` : '';
    log.event({
      level,
      time: time ? Math.round(Number(time) * 1000) : undefined,
      message: message === undefined ? line.trim() : continued + message,
    });
  };
}

/** The message of a line of output, without time and details, for an error that quotes it. */
export function summarizeLine(line: string): string {
  const record = parseRecord(line);
  if (!record) return line.trim();
  const { msg, err } = record as { msg?: string; err?: { message?: string } };
  return [msg, err?.message].filter((part) => part).join(': ');
}

/** Discards everything. */
export const silentLog: Log = { info() {}, warn() {}, error() {}, event() {}, line() {} };
