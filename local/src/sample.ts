/** The synthetic market of a first start, loaded as any market would be: through the API. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './logs.ts';

const market = {
  code: 'sample',
  name: 'Synthetic Australia',
  currency: 'AUD',
  time_zone: 'Australia/Sydney',
  is_synthetic: true,
  is_default: true,
};
