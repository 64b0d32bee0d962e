/**
 * Runs one invocation of a Lambda function's code, in a process of its own: imports the handler that `_HANDLER` names from `LAMBDA_TASK_ROOT`,
 * calls it with the event in `LAMBDA_EVENT`, and writes `{result}` or `{error}` as JSON to file descriptor 3.
 */
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const {
  LAMBDA_TASK_ROOT: root = '.',
  _HANDLER: handlerName = 'index.handler',
  LAMBDA_EVENT: event = '{}',
} = process.env;
const resultDescriptor = 3;

function report(outcome: { result?: unknown } | { error: string }): void {
  writeSync(resultDescriptor, JSON.stringify(outcome));
}

try {
  const [moduleName, exportName] = handlerName.split('.') as [string, string];
  const file = ['.mjs', '.js', '.cjs']
    .map((ending) => join(root, moduleName + ending))
    .find((path) => existsSync(path));
  if (!file) throw new Error(`The function's code has no module ${moduleName} for its handler ${handlerName}.`);
  const module = await import(pathToFileURL(file).href);
  const handler = module[exportName] ?? module.default?.[exportName];
  if (typeof handler !== 'function') throw new Error(`${moduleName} exports no function ${exportName}.`);
  report({ result: await handler(JSON.parse(event), {}) });
  process.exit(0); // as Lambda freezes a function: what it left open must not keep it running
} catch (error) {
  report({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
