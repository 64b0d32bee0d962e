/** `npm run token`: creates an admin token, for who owns the data directory of a running system. */
import { resolve } from 'node:path';
import { parseOptions } from '@property-insights/command-options';
import { createAdminToken } from './migrator.ts';

const help = `npm run token -- [options]    creates an admin token of the running system, and prints it

  --data-dir DIR        the folder of all data (default .data in the project)
  --name NAME           the name of the token (default recovery)
  --help                shows this help
`;

try {
  const { values } = parseOptions({
    options: {
      'data-dir': { type: 'string', default: resolve(import.meta.dirname, '..', '..', '.data') },
      name: { type: 'string', default: 'recovery' },
      help: { type: 'boolean', default: false },
    },
  });
  console.log(values.help ? help : await createAdminToken(resolve(values['data-dir']), values.name));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
