import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { breaking, generate, lint, root } from '../pipeline.mjs'
import { contractCopy, temporaryFolder } from './contract-copy.ts'
import { folderDifferences } from './folder-differences.ts'

const clean = { ok: true, output: '' }

describe('generated code', () => {
  test('is fresh, and a stale, missing or left-over file is noticed', () => {
    const folder = temporaryFolder()
    expect(generate(folder)).toEqual(clean)
    const fresh = join(folder, 'contracts/gen')
    const committed = join(root, 'contracts/gen')
    expect(folderDifferences(committed, fresh), 'run `npm run generate`').toEqual([])

    appendFileSync(join(fresh, 'metering/v1/metering_pb.js'), '\n')
    rmSync(join(fresh, 'comments.json'))
    writeFileSync(join(fresh, 'left-over.js'), '')
    expect(folderDifferences(committed, fresh)).toEqual([
      'comments.json',
      'left-over.js',
      'metering/v1/metering_pb.js',
    ])
  }, 120_000)

  test('comments.json names services, methods, messages, fields, enums and values', () => {
    const path = join(root, 'contracts/gen/comments.json')
    const comments: Record<string, string> = JSON.parse(readFileSync(path, 'utf8'))
    expect(comments).toMatchObject({
      'metering.v1.MeteringService': 'Meters, events and usage.',
      'metering.v1.MeteringService.GetMeter': 'Answers one meter.',
      'metering.v1.Meter': 'What is counted.',
      'metering.v1.Meter.unit': 'Unit shown to people, such as "request" or "GB".',
      'metering.v1.Aggregation': 'How the events of a period become one quantity.',
      'metering.v1.Aggregation.AGGREGATION_COUNT': 'Number of events.',
      'subscription.v1.Price.model': 'How the amount follows from the quantity.',
    })
  })
})

describe('lint', () => {
  test('is clean', () => {
    expect(lint()).toEqual(clean)
    expect(lint({ cwd: contractCopy().folder })).toEqual(clean)
  })

  test('canary: a field that is not snake_case fails', () => {
    const copy = contractCopy()
    copy.append('common/v1/common.proto', '\nmessage Bad {\n  string notSnake = 1;\n}\n')
    const result = lint({ cwd: copy.folder })
    expect(result.ok).toBe(false)
    expect(result.output).toContain('"notSnake" should be lower_snake_case')
  })
})

describe('breaking', () => {
  test('nothing breaks clients of the released contract', () => {
    expect(breaking()).toEqual(clean)
  })

  test('a field more is no break', () => {
    const copy = contractCopy()
    copy.append('common/v1/common.proto', '\n// More.\nmessage More {\n  string text = 1;\n}\n')
    expect(breaking({ cwd: copy.folder })).toEqual(clean)
  })

  test.each([
    ['a field of another type', 'int64 amount_cents = 1', 'int32 amount_cents = 1', 'changed type'],
    ['a removed field', '  int64 amount_cents = 1;', '', 'was deleted'],
    ['a renamed field', 'int64 amount_cents = 1', 'int64 amount_minor = 1', 'changed name'],
  ])('canary: %s fails', (_name, before, after, complaint) => {
    const copy = contractCopy()
    copy.replace('common/v1/common.proto', before, after)
    const result = breaking({ cwd: copy.folder })
    expect(result.ok).toBe(false)
    expect(result.output).toContain(complaint)
  })
})
