import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const folders = ['contracts', 'packages', 'services', 'sdk', 'apps', 'scripts', 'bench', 'examples']

function testFiles(suffix: string): string[] {
  return folders.map((folder) => `${folder}/**/*${suffix}`)
}

const endToEnd = testFiles('.e2e.test.ts')

/** What takes longest, by its path: a suffix is a cost, and the walk of every operation is the longest of all. */
const longestFirst = [/\/isolation\/.*\.e2e\.test\.ts$/, /\.e2e\.test\.ts$/, /\.pg\.test\.ts$/]

/** Begins with the longest, so that no worker is left with one of them at the end while the others have nothing. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longestFirst.findIndex((pattern) => pattern.test(moduleId))
      return found === -1 ? longestFirst.length : found
    }
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  test: {
    // Starts the one Postgres server of a run as soon as a test asks for it.
    globalSetup: ['packages/testing/src/vitest-global-setup.ts'],
    isolate: false,
    pool: 'forks',
    // Two even of few processors: most of the time tests wait for the server, for a disk and for each other's processes.
    // Never many: they share one server and its connections.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
    sequence: { sequencer: LongestFirst },
    // Limits are for what never comes: a busy machine stands still for seconds, and no test may fail of that.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    teardownTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: testFiles('.test.ts'),
          exclude: ['**/node_modules/**', ...endToEnd],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: endToEnd,
          exclude: ['**/node_modules/**'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
