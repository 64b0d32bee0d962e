/** The contract of the API: the default of every parameter, and the required members of every answer. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createAnalytical } from '../apps/analytical/src/app.ts';
import { createReporting } from '../apps/reporting/src/app.ts';

interface Schema {
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  default?: unknown;
}

interface Operation {
  parameters?: { name: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

/** Stands for the parts that only requests need. */
const unused = undefined as never;
const parts = { database: unused, replica: unused, log: pino({ level: 'silent' }) };

const services = [
  { prefix: '/api', name: 'analytical', create: () => createAnalytical({ ...parts, jobs: unused, dashboard: '' }) },
  { prefix: '/reporting', name: 'reporting', create: () => createReporting(parts) },
];

/** One line for each default, such as `GET /api/properties?limit=100`, and for each object in an answer, such as `GET /api/markets 200 $[]: code, name`. */
function contractOf(paths: Record<string, Record<string, Operation>>): string[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters = [], requestBody, responses }]) => {
      const operation = `${method.toUpperCase()} ${path}`;
      const bodies = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
        Object.entries(schema.properties ?? {}).map(([name, schema]) => ({ name, schema })),
      );
      const defaults = [...parameters, ...bodies].flatMap(({ name, schema }) =>
        schema.default === undefined ? [] : [`${operation}?${name}=${JSON.stringify(schema.default)}`],
      );
      const answers = Object.entries(responses).flatMap(([status, { content = {} }]) =>
        requiredMembers(content['application/json']?.schema ?? {}, '$').map((line) => `${operation} ${status} ${line}`),
      );
      return [...defaults, ...answers];
    }),
  );
}

/** A line for each object within a schema that has required members: its path and their names. */
function requiredMembers(schema: Schema, path: string): string[] {
  const { properties = {}, required = [], items, anyOf = [] } = schema;
  return [
    ...(required.length > 0 ? [`${path}: ${required.toSorted().join(', ')}`] : []),
    ...Object.entries(properties).flatMap(([name, member]) => requiredMembers(member, `${path}.${name}`)),
    ...(items ? requiredMembers(items, `${path}[]`) : []),
    ...anyOf.flatMap((alternative) => requiredMembers(alternative, path)),
  ];
}

test.each(services)('the contract of $name is as recorded', async ({ prefix, name, create }) => {
  const app = await create();
  const { paths } = (await app.inject(`${prefix}/openapi.json`)).json();
  await expect(
    contractOf(paths).sort().join('\n'),
    `The contract of ${name} changed. Read CONTRIBUTING.md#changing-what-the-api-answers, then update test/contract/ with: npx vitest run test/contract.test.ts -u`,
  ).toMatchFileSnapshot(`contract/${name}.txt`);
});
