import { spawnSync } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { z } from 'zod'

/**
 * Writes the package as it is published into a folder: `node sdk/typescript/build-package.ts <folder>`, then
 * `npm publish <folder>`. JavaScript with types beside it, since Node runs no TypeScript of installed packages.
 */
const folder = resolve(process.argv[2] ?? 'dist')
const home = import.meta.dirname

const compiler = createRequire(import.meta.url).resolve('typescript7/package.json')
const compile = [join(compiler, '../bin/tsc'), '-p', join(home, 'tsconfig.build.json')]
const { status } = spawnSync(process.execPath, [...compile, '--outDir', folder], {
  stdio: 'inherit',
})
if (status !== 0) throw new Error('the SDK does not compile')

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  exports: z.record(z.string(), z.string()),
})
const manifest = manifestSchema.parse(
  JSON.parse(await readFile(join(home, 'package.json'), 'utf8')),
)
const published = {
  ...manifest,
  license: 'Apache-2.0',
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20' },
  exports: Object.fromEntries(
    Object.entries(manifest.exports).map(([door, source]) => {
      const built = source.replace('./src/', './').replace(/\.ts$/, '')
      return [door, { types: `${built}.d.ts`, default: `${built}.js` }]
    }),
  ),
}
await writeFile(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
await cp(join(home, 'README.md'), join(folder, 'README.md'))
