/** `npm start`: runs the whole system on this machine until it is stopped by a signal. */
import { resolve } from 'node:path';
import { Logs } from './logs.ts';
import { help, readOptions } from './options.ts';
import { type LocalSystem, startLocal } from './start.ts';
import { isRunning, statusOf } from './system-process.ts';

function options() {
  try {
    return readOptions(process.argv.slice(2), resolve(import.meta.dirname, '..', '..'));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

const { logFormat, help: showHelp, ...rest } = options();
if (showHelp) {
  console.log(help);
  process.exit(0);
}

const logs = new Logs({
  format: logFormat,
  write: (text) => process.stdout.write(text),
  colours: process.stdout.isTTY && !process.env.NO_COLOR,
});
const interruption = new AbortController();
const kill = new AbortController();
let system: LocalSystem | undefined;

let interruptedAt: number | undefined;

function stop(): void {
  if (interruptedAt !== undefined) return;
  interruptedAt = Date.now();
  interruption.abort();
  logs.source('local').info('Stopping; press Ctrl-C again to stop at once');
  // Before the system is ready, the interruption cancels its start, which stops what has been started.
  void system?.stop().then(() => process.exit(0));
}

/** The first signal stops everything in order, a later one at once. One Ctrl-C arrives twice: from the terminal and from npm, which forwards it. */
function interrupt(): void {
  const sameKeyPressMs = 500;
  if (interruptedAt !== undefined && Date.now() - interruptedAt > sameKeyPressMs) kill.abort();
  stop();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
// The reader of the output has gone, such as a closed terminal.
process.stdout.on('error', stop);
if (['start', 'dev'].includes(process.env.npm_lifecycle_event ?? '')) stopWithParent();

/** Stops when npm, or what runs this in its place, is killed by SIGKILL, which it cannot forward. A shell between both would stay alive. */
function stopWithParent(): void {
  const parent = statusOf(process.ppid);
  const pid = parent && /^(ba|da|z)?sh$/.test(parent.command) ? parent.parent : process.ppid;
  const started = statusOf(pid)?.started ?? '';
  setInterval(() => {
    if (!isRunning({ pid, started })) stop();
  }, 1000).unref();
}

try {
  system = await startLocal({ ...rest, logs, signal: interruption.signal, killSignal: kill.signal });
  logs.announce(`Property Insights is ready on ${system.url}`);
  process.send?.({ url: system.url }); // to `npm run dev`
} catch (error) {
  if (interruption.signal.aborted) process.exit(0);
  logs.source('local').error((error as Error).message);
  process.exit(1);
}
