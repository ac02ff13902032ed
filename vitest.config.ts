import { defineConfig } from 'vitest/config'

const folders = ['contracts', 'packages', 'services', 'sdk', 'apps', 'scripts', 'bench', 'examples']

function testFiles(suffix: string): string[] {
  return folders.map((folder) => `${folder}/**/*${suffix}`)
}

const endToEnd = testFiles('.e2e.test.ts')

export default defineConfig({
  test: {
    // Starts the one Postgres server of a run as soon as a test asks for it.
    globalSetup: ['packages/testing/src/vitest-global-setup.ts'],
    isolate: false,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: testFiles('.test.ts'),
          exclude: ['**/node_modules/**', ...endToEnd],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: endToEnd,
          exclude: ['**/node_modules/**'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
