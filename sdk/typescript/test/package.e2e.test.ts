import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { spawnNode, temporaryFolder } from '@purser/testing'
import { expect, test } from 'vitest'

const home = join(import.meta.dirname, '..')
const compiler = join(
  createRequire(import.meta.url).resolve('typescript7/package.json'),
  '../bin/tsc',
)

const consumer = `
import { Purser, type Decision } from '@purser/sdk'
const purser = new Purser({ baseUrl: 'http://localhost:1', apiKey: 'pk', tenant: 't', timeoutMs: 50 })
const limiter = purser.limiter({ onOutage: 'open' })
const decision: Decision = await limiter.consume('ann', 'api')
// @ts-expect-error -- an account is named by text
limiter.tryConsume(1, 'api')
console.log(decision.allowed, decision.allowed && decision.by)
await purser.close({ timeoutMs: 1 })
`

test('the core compiles without the types of Node', async () => {
  await using check = spawnNode([compiler, '-p', join(home, 'tsconfig.portable.json')])
  expect([(await check.exited).code, check.output()]).toEqual([0, ''])
})

test('the published package has types and JavaScript, and needs no other', async () => {
  const name = 'node_modules/@purser/sdk'
  const settings = { type: 'module' }
  await using folder = await temporaryFolder({
    'package.json': JSON.stringify(settings),
    'consumer.ts': consumer,
  })
  const cwd = folder.path
  await using build = spawnNode([join(home, 'build-package.ts'), join(cwd, name)])
  expect([(await build.exited).code, build.output()]).toEqual([0, ''])
  const manifest = JSON.parse(await readFile(join(cwd, name, 'package.json'), 'utf8'))
  expect(manifest.dependencies).toBeUndefined()
  expect(Object.keys(manifest.exports)).toEqual(['.', './express', './fastify', './hono', './next'])
  const options = ['--strict', '--target', 'es2023', '--lib', 'es2023,dom', '--module', 'nodenext']
  await using compile = spawnNode([compiler, ...options, '--types', '', 'consumer.ts'], { cwd })
  expect([(await compile.exited).code, compile.output()]).toEqual([0, ''])
  await using run = spawnNode(['consumer.js'], { cwd })
  expect([(await run.exited).code, run.output()]).toEqual([0, 'true outage\n'])
})
