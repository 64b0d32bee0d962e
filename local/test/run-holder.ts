/** A program for run.system.test.ts: holds a run on the data directory it is given, with one process in it that ignores SIGTERM, until it is killed. */
import { Child } from '../src/child.ts';
import { silentLog } from '../src/logs.ts';
import { Run } from '../src/run.ts';

const run = await Run.claim(process.argv[2] as string, 'http://localhost:1234');
const child = new Child(run, {
  command: process.execPath,
  arguments: ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'],
  workingDirectory: '/',
  environment: {},
  log: { ...silentLog, line: () => console.log(child.pid) },
});
