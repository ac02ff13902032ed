const domain = 'services/billing/src/domain/canary.ts'
const store = 'services/billing/src/store/canary.ts'
const service = 'services/billing/src/canary.ts'
const rating = 'packages/rating/src/canary.ts'
const test = 'services/billing/test/canary.test.ts'
const misnamed = 'services/billing/src/domain/CanaryRun.ts'

/** Each line breaks one rule, which the linter names in its complaint. */
const broken = {
  [domain]: [
    ["import { newId, systemClock } from '@purser/kernel'", 'no-restricted-imports'],
    ["import { randomUUID } from 'node:crypto'", 'no-restricted-imports'],
    ['export const a = Date.now()', 'no-restricted-globals'],
    ['export const b = Math.random()', 'no-restricted-properties'],
    ['export const c = new Date()', 'no-restricted-globals'],
    ['export const d = Temporal.Now.instant()', 'no-restricted-properties'],
    ["export const e = parseFloat('1')", 'no-restricted-globals'],
    ["export const f = Number.parseFloat('1')", 'no-restricted-properties'],
    ['export const g = (1).toFixed(2)', 'no-restricted-properties'],
    ['export const h = process.pid', 'no-restricted-globals'],
    ['export const i = [newId, systemClock, randomUUID]', undefined],
  ],
  [store]: [['export const a = Temporal.Now.instant()', 'no-restricted-properties']],
  [rating]: [['export const a = (1).toFixed(2)', 'no-restricted-properties']],
  [service]: [
    ['export default 1', 'no-default-export'],
    ['export const a: any = 1', 'no-explicit-any'],
    ['export const b = process.env.HOME', 'no-process-env'],
    ["export const c = () => console.log('x')", 'no-console'],
    ['export const d = () => process.exit(1)', 'no-process-exit'],
    ['export const e = (x: string | undefined) => x!', 'no-non-null-assertion'],
    ["import { join } from 'path'", 'prefer-node-protocol'],
    ['export const f = join', undefined],
    [`// ${'to'}do: later`, 'no-warning-comments'],
    ['// @ts-ignore', 'ban-ts-comment'],
    ['export interface G { x: 1 }', 'consistent-type-definitions'],
    ['export function h() {', 'max-lines-per-function'],
    ...Array.from({ length: 70 }, () => ['  Number(1)', undefined]),
    ['}', undefined],
  ],
  [test]: [
    ["import { test, vi } from 'vitest'", undefined],
    ["test('asserts nothing', () => undefined)", 'expect-expect'],
    ["test.skip('is skipped', () => undefined)", 'no-disabled-tests'],
    ["test.only('stands alone', () => undefined)", 'no-focused-tests'],
    ["vi.mock('./run.ts')", 'no-restricted-vi-methods'],
  ],
  [misnamed]: [['export const a = 1', 'filename-case']],
}

export const scenarios = [
  {
    files: Object.fromEntries(
      Object.entries(broken).map(([path, lines]) => [
        path,
        `${lines.map(([text]) => text).join('\n')}\n`,
      ]),
    ),
    complaints: Object.entries(broken).flatMap(([path, lines]) =>
      lines.flatMap(([, rule], index) =>
        rule === undefined ? [] : [[`${path}:${index + 1}:`, `(${rule})`]],
      ),
    ),
  },
]
