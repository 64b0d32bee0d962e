/**
 * `npm run dev`: the local system, whose services are replaced when their source changes, and the dashboard with hot reload. Options are
 * those of `npm start`. Ctrl-C stops both.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const projectRoot = join(import.meta.dirname, '..');

const system = spawn(process.execPath, ['local/src/main.ts', '--watch', ...process.argv.slice(2)], {
  cwd: projectRoot,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});

system.once('message', ({ url }: { url: string }) => {
  const dashboard = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'apps/dashboard'], {
    cwd: projectRoot,
    stdio: 'inherit',
    env: { ...process.env, SYSTEM_URL: url },
  });
  system.once('exit', () => dashboard.kill());
  dashboard.once('exit', () => system.kill());
});

system.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => system.kill(signal));
