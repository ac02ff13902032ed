// Generates the contract of this package's tests: `node packages/rpc/test-contract/generate.mjs`.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const here = 'packages/rpc/test-contract'
const config = { version: 'v2', modules: [{ path: 'contracts/proto' }, { path: `${here}/proto` }] }
const template = {
  version: 'v2',
  plugins: [
    {
      local: 'protoc-gen-es',
      out: `${here}/gen`,
      opt: ['target=js+dts', 'import_extension=js'],
    },
  ],
}
const args = ['--config', JSON.stringify(config), '--template', JSON.stringify(template)]
const paths = ['--path', `${here}/proto/purser`]
execFileSync('node_modules/.bin/buf', ['generate', ...args, ...paths], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
})

// Files of the platform's contract come from its package, so that options are the same objects.
const folder = join(import.meta.dirname, 'gen/purser/testing/v1')
for (const name of readdirSync(folder)) {
  const path = join(folder, name)
  const text = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    text.replaceAll(/"(?:\.\.\/)+(options\/v1\/\w+)_pb\.js"/g, '"@purser/contracts/purser/$1"'),
  )
}
