import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const examplesPath = join(import.meta.dirname, '../../../examples/conformance/examples.json')
const runPath = join(import.meta.dirname, 'run.ts')

describe('the command', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [runPath, ...args], { encoding: 'utf8' })

  test('ends with 0 when nothing fails and with 1 on the canary', () => {
    const good = run(examplesPath)
    expect(good.stdout).toMatch(/\n\d+ passed, 0 failed, \d+ unsupported\n$/)
    expect(good.status).toBe(0)

    const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
    try {
      const canary = JSON.parse(readFileSync(examplesPath, 'utf8'))
      canary.cases[0].expected.amount = '30.01'
      writeFileSync(join(folder, 'canary.json'), JSON.stringify(canary))
      const bad = run(join(folder, 'canary.json'))
      expect(bad.stdout).toContain(`FAIL ${canary.cases[0].id}`)
      expect(bad.stdout).toContain('amount: expected 30.01, got 30')
      expect(bad.status).toBe(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('ends with 2 when there is nothing to run', () => {
    expect(run().status).toBe(2)
    expect(run('/no/such/file.json').status).toBe(2)
  })
})
