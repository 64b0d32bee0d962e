/** `npm run cost`: prints the monthly cost of a stage's template. */
import { parseOptions } from '@property-insights/command-options';
import { readConfiguration } from '../configuration.ts';
import { optionsIn, readOptions } from '../options.ts';
import { monthlyBill } from './bill.ts';
import { compared } from './compared.ts';
import { formatBill, formatTable } from './format.ts';
import { synthesizeResources } from './template.ts';
import { type Usage, usualUsage } from './usage.ts';

const help = `What a stage costs in a month, by its synthesized template and the list prices in infrastructure/src/cost/prices.ts.

  npm run cost -- --stage demo
  npm run cost -- --stage production -c domainName=insights.example.com -c hostedZoneId=Z… -c hostedZoneName=example.com

  --stage NAME            the stage (demo)
  -c, --context NAME=VALUE  an option of the template, as for npm run synth
  --table                 the table of the README instead
  --help                  this

The month's usage, each with the stage's default:
`;

const usageNames = Object.keys(usualUsage('demo')) as (keyof Usage)[];
const flag = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function read() {
  const { values } = parseOptions({
    options: {
      stage: { type: 'string', default: 'demo' },
      context: { type: 'string', short: 'c', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
      table: { type: 'boolean', default: false },
      ...Object.fromEntries(usageNames.map((name) => [flag(name), { type: 'string' as const }])),
    },
  });
  const options: Record<string, string> = { stage: values.stage, ...optionsIn(values.context) };
  const usage = { ...usualUsage(options.stage ?? '') };
  for (const name of usageNames) {
    const text = (values as Record<string, unknown>)[flag(name)];
    if (text === undefined) continue;
    const value = Number(text);
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new Error(`--${flag(name)} ${text} is not a number of at least 0.`);
    }
    usage[name] = value;
  }
  return { help: values.help, table: values.table, configuration: readOptions(options, readConfiguration), usage };
}

try {
  const { help: wantsHelp, table, configuration, usage } = read();
  if (wantsHelp) {
    console.log(help + usageNames.map((name) => `  --${flag(name).padEnd(22)}${usage[name]}`).join('\n'));
  } else if (table) {
    const bills = Object.entries(compared).map(([name, options]) => {
      const configuration = readConfiguration((option) => options[option]);
      return [name, monthlyBill(synthesizeResources(configuration), usualUsage(configuration.stageName))];
    });
    console.log(formatTable(Object.fromEntries(bills)));
  } else {
    console.log(formatBill(configuration, usage, monthlyBill(synthesizeResources(configuration), usage)));
  }
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
