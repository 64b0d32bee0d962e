/** The architecture as rules for `npm run layers`. docs/architecture.md states them in prose. */

/** The workspaces that the sources of each workspace may import, or single files of them. Tests may import others. */
const imports = {
  'apps/analytical': [
    'packages/analytics',
    'packages/database',
    'packages/imports',
    'packages/question-routes',
    'packages/service',
  ],
  'apps/reporting': [
    'packages/analytics',
    'packages/database',
    'packages/question-routes',
    'packages/reports',
    'packages/service',
  ],
  'apps/dashboard': ['packages/api-types', 'packages/charts'],
  'apps/command-line': ['packages/admin-token', 'packages/api-types', 'packages/command-options', 'packages/imports'],
  'packages/question-routes': ['packages/analytics', 'packages/service'],
  'packages/reports': ['packages/analytics', 'packages/charts'],
  'packages/service': ['packages/database'],
  'packages/analytics': ['packages/database'],
  'packages/imports': ['packages/database'],
  'packages/charts': [],
  'packages/database': [],
  'packages/admin-token': [],
  'packages/command-options': [],
  infrastructure: ['packages/admin-token', 'packages/command-options'],
  local: ['packages/admin-token', 'packages/command-options'],
  benchmarks: ['packages/analytics', 'packages/command-options', 'packages/database', 'local'],
};

const workspace = '(?:apps|packages)/[^/]+|infrastructure|local|benchmarks';
const test = '/test/|^test/';

/** What tests use of other workspaces without declaring a dependency: servers, a whole service, and readers of files. */
const testFixtures = [
  '^apps/analytical/src/app\\.ts$',
  '^apps/reporting/src/(app|mail|storage)\\.ts$',
  '^local/src/(ports\\.ts|postgres\\.ts|secrets-manager/)',
  '^packages/(analytics/src/index|imports/src/files)\\.ts$',
];

const layers = Object.entries(imports).map(([from, to]) => ({
  name: `${from} imports ${to.length === 0 ? 'no workspace' : `only ${to.join(', ')}`}`,
  severity: 'error',
  from: { path: `^${from}/`, pathNot: test },
  to: { path: `^(?:${workspace})/`, pathNot: [from, ...to].map((path) => `^${path}(/|$)`) },
}));

export default {
  forbidden: [
    ...layers,
    {
      name: 'the queries and writes of a service know nothing of HTTP',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/data/' },
      to: { path: '^packages/service/' },
    },
    {
      name: 'only services and their packages know HTTP',
      severity: 'error',
      from: { pathNot: ['^apps/(analytical|reporting)/', '^packages/(service|question-routes)/', test] },
      to: { path: '^node_modules/(fastify|@fastify)/' },
    },
    {
      name: 'sources import no tests',
      severity: 'error',
      from: { path: '.', pathNot: test },
      to: { path: test, pathNot: '^node_modules/' },
    },
    {
      name: 'a workspace is imported by its name, not by a path into it',
      severity: 'error',
      from: { path: `^(${workspace})/`, pathNot: test },
      to: { path: `^(?:${workspace})/`, pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'a test imports only test helpers and named fixtures of other workspaces by path',
      severity: 'error',
      from: { path: `^(${workspace})/test/` },
      to: { path: `^(?:${workspace})/`, pathNot: ['^$1/', test, ...testFixtures], dependencyTypes: ['local'] },
    },
    { name: 'no circles', comment: 'Type imports included.', severity: 'error', from: {}, to: { circular: true } },
    { name: 'every import resolves', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^virtual:' } },
  ],
  options: {
    // TypeScript 7 has no API for other programs yet; swc parses instead.
    parser: 'swc',
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '(^|/)(cdk\\.out|dist)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
  },
};
