// Generates the contract of this package's tests: `node packages/rest/test-contract/generate.mjs`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buf } from '../../../contracts/pipeline.mjs'

const here = 'packages/rest/test-contract'
const config = { version: 'v2', modules: [{ path: 'contracts/proto' }, { path: `${here}/proto` }] }
const protocGenEs = ['node', 'node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es']
const plugin = {
  local: protocGenEs,
  out: `${here}/gen`,
  opt: ['target=js+dts', 'import_extension=js'],
}
const template = { version: 'v2', clean: true, plugins: [plugin] }
const options = ['--config', JSON.stringify(config), '--template', JSON.stringify(template)]
const { ok, output } = buf(['generate', ...options, '--path', `${here}/proto/library`])
if (!ok) throw new Error(output)

// Files of the platform's contract come from its package, so that options are the same objects.
const folder = join(import.meta.dirname, 'gen/library/v1')
for (const name of readdirSync(folder)) {
  const path = join(folder, name)
  const text = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    text.replaceAll(
      /"(?:\.\.\/)+((?:common|google|purser)\/\w+\/[\w/]+)_pb\.js"/g,
      '"@purser/contracts/$1"',
    ),
  )
}
