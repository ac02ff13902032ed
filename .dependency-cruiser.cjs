// Who may import whom: the dependencies chapter of the house style as rules.
// `scripts/gates/boundaries.mjs` runs them and asserts that every source file was read.

const { testCode } = require('./scripts/gates/test-code.mjs')

const kernelAndRating = '^packages/(kernel|rating)/src/index\\.ts$'

/** Modules of Node with pure functions (digests, crc32); the linter forbids their chance. */
const hashes = '^(node:)?(crypto|zlib)$'

/** A package of the registry, wherever it is installed. */
function installed(name) {
  return `(^|/)node_modules/${name}/`
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment:
        'Modules that need each other to load are one module, or hide another. Types may go round.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that finds nothing escapes every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'packages-stand-below',
      comment: 'apps -> services -> packages: a package knows neither services nor apps.',
      severity: 'error',
      from: { path: '^(packages|contracts)/' },
      to: { path: '^(services|apps|bench)/' },
    },
    {
      name: 'services-stand-below-apps',
      comment: 'apps -> services -> packages: a service does not know what runs it.',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: '^(apps|bench)/' },
    },
    {
      name: 'no-sideways',
      comment: 'A service knows another only as a contract client that its context holds.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: testCode },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'one-composition-root',
      comment: 'Only the composition root chooses what runs where.',
      severity: 'error',
      from: {
        path: '^(apps|bench|scripts)/',
        pathNot: [
          '^apps/purser/src/(topology|manifests)\\.ts$',
          '^apps/purser/src/platform/',
          // Measured alone, without a platform around it.
          '^bench/gateway/gateway-process\\.ts$',
          '^bench/limits/limits-bed\\.ts$',
          '^apps/purser/test/limits/proof-worker\\.ts$',
          // Runs the services of a checkout with hooks for crashes.
          '^apps/purser/test/checkout/',
        ],
      },
      to: { path: '^services/' },
    },
    {
      name: 'workspaces-by-name',
      comment: 'A workspace is imported by its package name, so that its index is its only door.',
      severity: 'error',
      from: {
        path: '^((packages|services|apps)/[^/]+|contracts|bench|scripts)/',
        pathNot: testCode,
      },
      to: {
        path: '^(packages|services|apps|contracts)/',
        pathNot: ['^$1/', '^contracts/pipeline\\.mjs$'],
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased'],
      },
    },
    {
      name: 'generated-by-package',
      comment: 'Generated code is reached through @purser/contracts alone.',
      severity: 'error',
      from: { path: '^', pathNot: ['^contracts/gen/'] },
      to: {
        path: '^contracts/gen/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased'],
      },
    },
    {
      name: 'no-test-code-in-source',
      comment: 'Source does not need its tests.',
      severity: 'error',
      from: { path: '^(packages|services|apps|contracts)/', pathNot: testCode },
      to: { path: testCode },
    },
    {
      name: 'domain-is-pure',
      comment: 'Domain code knows itself, the kernel and the rating engine; of Node, hashes alone.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/', pathNot: testCode },
      to: { pathNot: ['^services/$1/src/domain/', kernelAndRating, hashes] },
    },
    {
      name: 'store-is-sql',
      comment: 'A store turns domain values into SQL and back, and takes locks.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/store/', pathNot: testCode },
      to: {
        pathNot: [
          '^services/$1/src/(domain|store)/',
          kernelAndRating,
          hashes,
          '^packages/(postgres|concurrency)/src/index\\.ts$',
        ],
      },
    },
    {
      name: 'rating-is-pure',
      comment: 'The rating engine knows the kernel alone.',
      severity: 'error',
      from: { path: '^packages/rating/src/', pathNot: testCode },
      to: { pathNot: ['^packages/rating/src/', '^packages/kernel/src/index\\.ts$'] },
    },
    {
      name: 'kernel-is-pure',
      comment: 'The kernel knows the table of currencies alone; ids draw their chance from Node.',
      severity: 'error',
      from: { path: '^packages/kernel/src/', pathNot: testCode },
      to: { pathNot: ['^packages/kernel/src/', installed('currency-codes'), hashes] },
    },
    {
      name: 'pg-behind-postgres',
      comment:
        'The driver is used where transactions and tenants are kept; others use @purser/postgres.',
      severity: 'error',
      from: { path: '^', pathNot: ['^packages/(postgres|jobs|testing)/', ...testCode] },
      to: { path: installed('(@types/)?pg') },
    },
    {
      name: 'pdf-behind-documents',
      comment: 'What makes PDF files, and the font in them, is used in one place.',
      severity: 'error',
      from: { path: '^', pathNot: ['^packages/documents/'] },
      to: { path: installed('(@types/)?(pdfkit|fontkit|geist)') },
    },
    {
      name: 'fastify-at-the-edge',
      comment: 'HTTP is served by packages/rest and the gateway.',
      severity: 'error',
      from: {
        path: '^',
        pathNot: [
          '^packages/rest/',
          '^services/gateway/',
          '^bench/gateway/bare-process\\.ts$',
          '^bench/limits/rival-process\\.ts$',
          // The middleware of the SDK stands in other people's servers.
          '^(sdk|examples)/',
          '^bench/sdk/framework-process\\.ts$',
        ],
      },
      to: { path: installed('(fastify|@fastify/[^/]+|@scalar/[^/]+)') },
    },
  ],
  options: {
    // Type-only imports count: a type is knowledge too.
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['(^|/)node_modules/', '/gen/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
