import { expect, test } from 'vitest'
import { redactSecrets } from './redact-secrets.ts'

test('returns the same object when nothing is secret', () => {
  const fields = { tenant: 'acme', rows: [{ id: 1 }], when: new Date(0) }
  expect(redactSecrets(fields)).toBe(fields)
})

test('leaves instances of classes alone and survives null prototypes', () => {
  const error = new Error('kept')
  const bare = Object.assign(Object.create(null), { token: 'leaked' })
  expect(redactSecrets({ error, bare })).toEqual({ error, bare: { token: '[redacted]' } })
})

test('a cycle ends at the depth limit', () => {
  const loop: Record<string, unknown> = { secret: 'leaked' }
  loop.self = loop
  expect(JSON.stringify(redactSecrets({ loop }))).not.toContain('leaked')
})

test.each(['password', 'API_KEY', 'x-api-key', 'Set-Cookie', 'clientSecret'])(
  '%s is masked',
  (n) => {
    expect(redactSecrets({ [n]: 'leaked' })).toEqual({ [n]: '[redacted]' })
  },
)

test.each(['tokens', 'keyboard', 'secretary'])('%s is not a secret', (name) => {
  expect(redactSecrets({ [name]: 'kept' })).toEqual({ [name]: 'kept' })
})
