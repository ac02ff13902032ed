/**
 * The gates of `npm run check`, the slow ones first. Each is a command that Node runs in the root of the
 * repository (or of a copy with canaries) and that ends with another code than 0 when it finds something.
 * `tellsFigures`: its one line of output is worth reading also when it finds nothing.
 * `canaries/<name>.mjs` proves that it can fail.
 */
export const gates = [
  { name: 'types', command: ['node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json'] },
  { name: 'promises', command: ['scripts/gates/promises.mjs'], tellsFigures: true },
  { name: 'boundaries', command: ['scripts/gates/boundaries.mjs'], tellsFigures: true },
  { name: 'contract', command: ['scripts/gates/contract.mjs'] },
  {
    name: 'dead-code',
    command: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'],
  },
  { name: 'house-rules', command: ['scripts/gates/house-rules.mjs'], tellsFigures: true },
  {
    name: 'format',
    command: ['node_modules/@biomejs/biome/bin/biome', 'format', '--reporter=summary', '.'],
  },
  {
    name: 'lint',
    command: [
      'node_modules/oxlint/bin/oxlint',
      '--format=unix',
      '--deny-warnings',
      '--report-unused-disable-directives',
    ],
  },
  { name: 'file-sizes', command: ['scripts/gates/file-sizes.mjs'], tellsFigures: true },
]

/** The test run, which must be able to fail like a gate. */
export const testRun = { name: 'tests', command: ['scripts/test.mjs', 'canary'] }
