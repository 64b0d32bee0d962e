/** `npm run preflight -- -c stage=…`: checks whether an account is ready for a deployment with these options; changes nothing. */
import { parseOptions } from '@property-insights/command-options';
import { readConfiguration } from '../configuration.ts';
import { optionsIn, readOptions } from '../options.ts';
import { aws } from './aws.ts';
import { type Finding, preflight } from './checks.ts';

const marks: Record<Finding['kind'], string> = { ok: '✓', note: '•', missing: '✗' };

try {
  const { values } = parseOptions({
    options: { context: { type: 'string', short: 'c', multiple: true, default: [] } },
  });
  const configuration = readOptions(optionsIn(values.context), readConfiguration);
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const findings = await preflight(aws, AWS_REGION ?? AWS_DEFAULT_REGION, configuration);
  for (const { kind, text, command } of findings) {
    console.log(`${marks[kind]} ${text}${command ? `\n    ${command}` : ''}`);
  }
  if (findings.some(({ kind }) => kind === 'missing')) process.exitCode = 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
