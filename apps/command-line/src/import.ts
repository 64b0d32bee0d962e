/** `npm run import -- FILES… --market CODE`: loads sales files into a market of a running system. */
import { runImportCommand } from './command.ts';

const interruption = new AbortController();
// Once: a second Ctrl-C ends the process at once.
process.once('SIGINT', () => interruption.abort());

process.exitCode = await runImportCommand(process.argv.slice(2), {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
});
