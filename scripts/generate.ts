/** Writes the types of the services' APIs from their OpenAPI descriptions. With `--check`, verifies that they are up to date. */
import { execFileSync } from 'node:child_process';

for (const service of ['analytical', 'reporting']) {
  const input = execFileSync(process.execPath, [`apps/${service}/src/openapi.ts`], { maxBuffer: 2 ** 26 });
  const file = ['--output', `src/${service}.ts`, ...process.argv.slice(2)];
  execFileSync('npm', ['run', 'generate', '--silent', '--workspace', 'packages/api-types', '--', ...file], {
    input,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}
