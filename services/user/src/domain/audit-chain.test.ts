import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuditAct, type AuditEntry, appendActs, EMPTY_LOG, findBreak } from './audit-chain.ts'

const at = Temporal.Instant.from('2026-02-15T12:00:00Z')

const act = (n: number, more: Partial<AuditAct> = {}): AuditAct => ({
  eventId: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  action: 'user.create_role',
  actorKind: 'user',
  actorId: 'usr_1',
  object: { role_key: `role-${n}`, user_id: 'u' },
  actedAt: at.add({ milliseconds: n }),
  requestId: `req_${n}`,
  clientAddress: '198.51.100.1',
  ...more,
})

const logOf = (count: number) =>
  appendActs(
    'acme',
    EMPTY_LOG,
    Array.from({ length: count }, (_, n) => act(n)),
    at,
  )

test('the form of the hash stays: logs that were written before must verify for ever', () => {
  const [entry] = appendActs('acme', EMPTY_LOG, [act(1, { object: { b: '"', a: 'é' } })], at)
  expect(entry?.hash.toString('hex')).toBe(
    '6b47d4266309afbed3ca4eb562efba3aac08a7d631c88d80c57eeb28cf3a8747',
  )
})

test('entries are numbered without gaps and each names the hash before, over several batches', () => {
  const whole = logOf(5)
  const [first, second] = whole
  const head = { sequence: second?.sequence ?? 0n, hash: second?.hash ?? Buffer.alloc(0) }
  const rest = appendActs('acme', head, [act(2), act(3), act(4)], at)
  expect([first, second, ...rest]).toEqual(whole)
  expect(whole.map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n, 4n, 5n])
  expect(findBreak('acme', EMPTY_LOG, whole)).toBeUndefined()
})

describe('whatever is done to an entry, the log breaks there', () => {
  const changes: [string, (entry: AuditEntry) => AuditEntry][] = [
    ['event', (entry) => ({ ...entry, eventId: act(9).eventId })],
    ['action', (entry) => ({ ...entry, action: 'user.delete_role' })],
    ['actor', (entry) => ({ ...entry, actorId: 'usr_2' })],
    ['kind of actor', (entry) => ({ ...entry, actorKind: 'api_key' })],
    ['object', (entry) => ({ ...entry, object: { ...entry.object, role_key: 'other' } })],
    ['name of the object', (entry) => ({ ...entry, object: { plan_key: 'role-2', user_id: 'u' } })],
    ['act time', (entry) => ({ ...entry, actedAt: entry.actedAt.add({ microseconds: 1 }) })],
    ['record time', (entry) => ({ ...entry, recordedAt: at.add({ microseconds: 1 }) })],
    ['request', (entry) => ({ ...entry, requestId: '' })],
    ['address', (entry) => ({ ...entry, clientAddress: '' })],
    ['hash', (entry) => ({ ...entry, hash: Buffer.alloc(32) })],
    ['link', (entry) => ({ ...entry, previousHash: Buffer.alloc(32) })],
  ]
  test.each(changes)('a changed %s', (_name, change) => {
    const changed = logOf(5).map((entry) => (entry.sequence === 3n ? change(entry) : entry))
    expect(findBreak('acme', EMPTY_LOG, changed)).toBe(3n)
  })

  test('a removed one', () => {
    const holed = logOf(5).filter(({ sequence }) => sequence !== 3n)
    expect(findBreak('acme', EMPTY_LOG, holed)).toBe(3n)
  })

  test('one of another tenant', () => {
    expect(findBreak('globex', EMPTY_LOG, logOf(1))).toBe(1n)
  })
})

test('different acts never share a canonical text', () => {
  const text = fc.string({ maxLength: 5 })
  const acts = fc.record({
    actorId: text,
    requestId: text,
    clientAddress: text,
    object: fc.dictionary(text, text, { maxKeys: 3 }),
  })
  fc.assert(
    fc.property(acts, acts, (one, other) => {
      const [a, b] = [one, other].map((more) => appendActs('acme', EMPTY_LOG, [act(1, more)], at))
      const same = (values: typeof one) =>
        JSON.stringify([
          values.actorId,
          values.requestId,
          values.clientAddress,
          Object.entries(values.object).sort(([x], [y]) => (x < y ? -1 : 1)),
        ])
      expect(a?.[0]?.hash.equals(b?.[0]?.hash ?? Buffer.alloc(0))).toBe(same(one) === same(other))
    }),
  )
})
