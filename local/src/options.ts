/** The options of `npm start`. */
import { resolve } from 'node:path';
import { parseOptions } from '@property-insights/command-options';
import type { LogFormat } from './logs.ts';

export interface CommandLineOptions {
  port: number;
  dataDirectory: string;
  sample: boolean;
  taskCounts: Record<string, number>;
  /** Options of the synthesis. */
  synthesisOptions: Record<string, string>;
  watch: boolean;
  recordRestore: boolean;
  logFormat: LogFormat;
  help: boolean;
}

export const help = `npm start -- [options]    runs Property Insights on this machine

  --port N              the port of the load balancer (default 8080)
  --data-dir DIR        the folder of all data (default .data in the project)
  --no-sample           does not load the synthetic market on the first start
  --tasks NAME=N        the number of tasks of a service, such as analytical=2; may be repeated
  --caller-budget N     the seconds of processor time that one caller may use in 20 s (default: a quarter of the processors);
                        here all callers have one address, so a load test needs more
  --map-style URL       a style that the dashboard's maps are drawn on (default: coast lines only)
  --watch               replaces the tasks of a service when its source changes
  --record-restore      states that the data is a restored copy: each market skips the versions given out since
  --log-format FORMAT   pretty (default), or json: one JSON object a line
  --help                shows this help
`;

/** @throws if an option is wrong; the message states what it must be. */
export function readOptions(args: string[], projectRoot: string): CommandLineOptions {
  const { values } = parseOptions({
    args,
    allowNegative: true,
    options: {
      port: { type: 'string', default: '8080' },
      'data-dir': { type: 'string', default: resolve(projectRoot, '.data') },
      sample: { type: 'boolean', default: true },
      tasks: { type: 'string', multiple: true, default: [] },
      'caller-budget': { type: 'string' },
      'map-style': { type: 'string' },
      watch: { type: 'boolean', default: false },
      'record-restore': { type: 'boolean', default: false },
      'log-format': { type: 'string', default: 'pretty' },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) {
    throw new Error(`--port must be a number from 1 to 65535, not ${values.port}.`);
  }
  const callerBudget = values['caller-budget'];
  if (callerBudget !== undefined && !(Number(callerBudget) > 0)) {
    throw new Error(`--caller-budget must be a number of seconds above 0, not ${callerBudget}.`);
  }
  const mapStyle = values['map-style'];
  const logFormat = values['log-format'];
  if (logFormat !== 'pretty' && logFormat !== 'json') {
    throw new Error(`--log-format must be pretty or json, not ${logFormat}.`);
  }
  const taskCounts = Object.fromEntries(
    values.tasks.map((text) => {
      const [, name, count] = text.match(/^([\w-]+)=(\d{1,2})$/) ?? [];
      if (!name || !count)
        throw new Error(`--tasks must be a service and a number, such as analytical=2, not ${text}.`);
      return [name, Number(count)];
    }),
  );
  return {
    port,
    dataDirectory: resolve(values['data-dir']),
    sample: values.sample,
    taskCounts,
    // Messages become files of the data directory.
    synthesisOptions: {
      mailFrom: 'reports@localhost',
      ...(callerBudget !== undefined && { callerBudget }),
      ...(mapStyle !== undefined && { mapStyle }),
    },
    watch: values.watch,
    recordRestore: values['record-restore'],
    logFormat,
    help: values.help,
  };
}
