/** Everything that the system says, from every process, as one stream: one line an event, each with its source. */

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];
export type LogFormat = 'pretty' | 'json';

/** One source's end of the stream. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  event(event: LogEvent): void;
  /** A line of a process's output: a JSON line as pino writes them, or plain text. */
  line(line: string): void;
}

export interface LogEvent {
  level: Level;
  /** Milliseconds since 1970; now, if not given. */
  time?: number;
  message: string;
}

export interface LogsOptions {
  format: LogFormat;
  write: (text: string) => void;
  /** ANSI colours, for a terminal. */
  colours?: boolean;
}

/** What pino puts into every line, and a reader of this stream doesn't need or gets in another way. */
const shownElsewhere = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'source', 'err', 'v']);

const grey = 90;
const levelColours: Record<Level, number> = { trace: grey, debug: grey, info: 32, warn: 33, error: 31, fatal: 31 };
const sourceColours = [36, 35, 34, 96, 95, 94];

export class Logs {
  readonly #options: LogsOptions;
  /** Sources in order of appearance, for a colour each. */
  readonly #sources: string[] = [];

  constructor(options: LogsOptions) {
    this.#options = options;
  }

  /** The end of the stream for one source, such as `analytical-1`. */
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

  /** A line of its own, without time and source where people read it. */
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
    // Figures, which CloudWatch takes out of the log: they are not for people to read.
    else if ('_aws' in record) return;
    else {
      const { level, time, msg, err } = record;
      const details = Object.entries(record)
        .filter(([name]) => !shownElsewhere.has(name))
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
    // A stack trace is several lines: each gets its source too.
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

/** Makes PostgreSQL's log lines parseable: milliseconds since 1970, then what it says. */
export const postgresLogSettings = { log_line_prefix: '%n ', lc_messages: 'C' };

/** Reads PostgreSQL's log lines (with `postgresLogSettings`); lines that go on with the one before keep its level. */
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

/** What a line of output says, without its time and details; for an error that quotes it. */
export function summarizeLine(line: string): string {
  const record = parseRecord(line);
  if (!record) return line.trim();
  const { msg, err } = record as { msg?: string; err?: { message?: string } };
  return [msg, err?.message].filter((part) => part).join(': ');
}

/** For output that is only of interest when its process fails. */
export const silentLog: Log = { info() {}, warn() {}, error() {}, event() {}, line() {} };
