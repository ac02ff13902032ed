/** For each rule of .dependency-cruiser.cjs: who imports what, as `[from, specifier]`. */
const forbidden = {
  'no-unresolvable': ['packages/kernel/src/canary-lost.ts', './nowhere.ts'],
  'packages-stand-below': ['packages/rpc/src/canary.ts', '@purser/billing'],
  'services-stand-below-apps': [
    'services/billing/src/canary-app.ts',
    '../../../apps/purser/src/topology.ts',
  ],
  'no-sideways': ['services/billing/src/canary-sideways.ts', '@purser/metering'],
  'one-composition-root': ['apps/purser/src/cli/canary.ts', '@purser/billing'],
  'workspaces-by-name': [
    'services/billing/src/canary-path.ts',
    '../../../packages/kernel/src/decimal.ts',
  ],
  'generated-by-package': [
    'services/billing/src/canary-generated.ts',
    '../../../contracts/gen/billing/v1/billing_pb.js',
  ],
  'no-test-code-in-source': ['services/billing/src/canary-test.ts', '@purser/testing'],
  'domain-is-pure': ['services/billing/src/domain/canary.ts', '../store/run.ts'],
  'store-is-sql': ['services/billing/src/store/canary.ts', '../rpc/get-run.ts'],
  'rating-is-pure': ['packages/rating/src/canary.ts', 'node:fs'],
  'kernel-is-pure': ['packages/kernel/src/canary.ts', 'node:fs'],
  'pg-behind-postgres': ['services/billing/src/canary-pg.ts', 'pg'],
  'pdf-behind-documents': ['services/billing/src/canary-pdf.ts', 'pdfkit'],
  'fastify-at-the-edge': ['services/billing/src/canary-http.ts', 'fastify'],
}

/** More ways to break a rule. */
const more = [
  ['domain-is-pure', 'services/billing/src/domain/canary-sql.ts', '@purser/postgres'],
  ['domain-is-pure', 'services/billing/src/domain/canary-io.ts', 'node:fs'],
  ['not-declared', 'packages/concurrency/src/canary.ts', 'zod'],
  ['not-declared', 'packages/concurrency/src/canary-workspace.ts', '@purser/rating'],
]

/** Type imports count: half of the canaries are type imports. */
function source(specifier, index) {
  return index % 2 === 0
    ? `import '${specifier}'\n`
    : `import type * as x from '${specifier}'\nexport type X = x\n`
}

const imports = [...Object.entries(forbidden).map(([rule, edge]) => [rule, ...edge]), ...more]

const circle = {
  'packages/kernel/src/canary-left.ts':
    "import { right } from './canary-right.ts'\nexport const left = () => right\n",
  'packages/kernel/src/canary-right.ts':
    "import { left } from './canary-left.ts'\nexport const right = () => left\n",
}

export const scenarios = [
  {
    files: {
      ...circle,
      ...Object.fromEntries(imports.map(([, path, to], index) => [path, source(to, index)])),
    },
    complaints: [
      ...imports.map(([rule, path]) => [`${rule}:`, path]),
      ['no-circular:', 'canary-left.ts', 'canary-right.ts'],
    ],
  },
  {
    // The tool reads less than there is: the seen way to be green over nothing.
    files: {
      '.dependency-cruiser.cjs': (text) =>
        text.replace('options: {', "options: {\n    exclude: '^services/',"),
    },
    complaints: [['not-read:', 'services/billing/src/index.ts']],
  },
]
