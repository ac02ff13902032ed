import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConfig } from './config.ts'
import { envFlag, envInteger, envList, envNumber, envPort, envUrl } from './env-schemas.ts'

const table = defineConfig({
  port: { name: 'PORT', schema: envPort(), default: '8080', doc: 'port of the public edge' },
  url: { name: 'POSTGRES_URL', schema: envUrl(['postgres']), secret: true, doc: 'database' },
  region: { name: 'REGION', schema: z.string().optional(), doc: 'where this runs' },
})

function folderWith(envFile: string): string {
  const cwd = mkdtempSync(join(tmpdir(), 'purser-config-'))
  writeFileSync(join(cwd, '.env'), envFile)
  return cwd
}

test('the environment wins over the .env file, which wins over the default', () => {
  const cwd = folderWith('PORT=1000\nREGION="eu west"\nPOSTGRES_URL=postgres://a:b@c/d\n')
  const config = table.load({ env: { PORT: '2000', REGION: '' }, cwd })
  expect(config.values).toEqual({ port: 2000, url: 'postgres://a:b@c/d', region: 'eu west' })
  const origins = config.describe().map((row) => [row.name, row.origin])
  expect(origins).toEqual([
    ['PORT', 'env'],
    ['POSTGRES_URL', '.env'],
    ['REGION', '.env'],
  ])
  const bare = table.load({ env: { POSTGRES_URL: 'postgres://x' }, cwd: '/' })
  expect(bare.values).toEqual({ port: 8080, url: 'postgres://x', region: undefined })
  expect(bare.describe()[2]).toMatchObject({ value: '', origin: 'unset' })
})

test('a secret is masked in the description', () => {
  const config = table.load({ env: { POSTGRES_URL: 'postgres://a:hidden@c/d' }, cwd: '/' })
  expect(JSON.stringify(config.describe())).not.toContain('hidden')
  expect(config.describe()[1]).toMatchObject({ value: '********', origin: 'env' })
})

test('every bad variable is named with what is expected, secrets without their value', () => {
  const error = caught(() =>
    table.load({ env: { PORT: '70000', POSTGRES_URL: 'http://s3cret' }, cwd: '/' }),
  )
  expect(error.code).toBe('config.invalid')
  expect(error.message).toContain('PORT: expected a whole number from 0 to 65535, got "70000"')
  expect(error.message).toContain('POSTGRES_URL: expected a URL starting with postgres://')
  expect(error.message).not.toContain('s3cret')
  expect(error.fields.map((violation) => violation.field)).toEqual(['PORT', 'POSTGRES_URL'])
})

test('a variable without default and value is required', () => {
  const error = caught(() => table.load({ env: {}, cwd: '/' }))
  expect(error.fields).toEqual([{ field: 'POSTGRES_URL', message: 'is required (database)' }])
})

test.each([
  ['1e3', envInteger(0, 5000), undefined],
  ['0x10', envInteger(0, 5000), undefined],
  [' 5', envInteger(0, 5000), undefined],
  ['-5', envInteger(-10, 0), -5],
  ['0.25', envNumber(0, 1), 0.25],
  ['1.5', envNumber(0, 1), undefined],
  ['yes', envFlag(), undefined],
  ['1', envFlag(), true],
  ['false', envFlag(), false],
  ['ftp://x', envUrl(['http', 'https']), undefined],
  ['not a url', envUrl(['http']), undefined],
  [' a, ,b ', envList(), ['a', 'b']],
])('%j parses to %j', (text, schema, expected) => {
  const parsed = schema.safeParse(text)
  expect(parsed.success ? parsed.data : undefined).toEqual(expected)
})

function caught(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (isPurserError(error)) return error
    throw error
  }
  throw new Error('expected a refusal')
}
