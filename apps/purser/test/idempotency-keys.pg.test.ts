import { getOption } from '@bufbuild/protobuf'
import { access, idempotency_key, idempotent } from '@purser/contracts/options'
import { takesIdempotencyKey } from '@purser/idempotency'
import { systemClock } from '@purser/kernel'
import { expect, test } from 'vitest'
import { publicContracts } from '../src/topology.ts'
import { startServices } from './billing/start-services.ts'
import { createPlatformDatabase } from './platform-database.ts'

/** Writes that take no key though repeating them is no harmless act, and why. */
const EXCEPTIONS = new Map([
  ['ChangePassword', 'a wrong password must count, whatever becomes of the request'],
  ['ChangeEmail', 'a wrong password must count, whatever becomes of the request'],
  ['EnrollTotp', 'a wrong password must count, whatever becomes of the request'],
  ['RegenerateRecoveryCodes', 'a wrong password must count, whatever becomes of the request'],
  ['DisableTotp', 'a wrong password must count, whatever becomes of the request'],
  ['BeginPasskeyRegistration', 'a wrong password must count, whatever becomes of the request'],
  ['ListWidgets', 'each look at the sample counts: that is what it shows'],
  ['RegisterPasskey', 'a refused answer uses its challenge up'],
  ...['Create', 'Patch', 'Delete'].flatMap((act) =>
    ['User', 'Group'].map(
      (thing) => [`${act}Provisioned${thing}`, 'SCIM (RFC 7644) knows no key'] as const,
    ),
  ),
])

const methods = publicContracts.flatMap(({ methods }) => methods)

test('the contract offers the key wherever repeating a write would act again', () => {
  const missing = methods.filter(
    (method) =>
      method.methodKind === 'unary' &&
      getOption(method, access).rule.case === 'permission' &&
      !getOption(method, idempotent) &&
      !getOption(method, idempotency_key),
  )
  expect(missing.map(({ name }) => name).sort()).toEqual([...EXCEPTIONS.keys()].sort())
})

test('handlers keep what the contract offers', async () => {
  await using database = await createPlatformDatabase()
  const running = await startServices({
    postgresUrl: database.adminUrl,
    clock: systemClock,
    maxWorkers: 1,
  })
  try {
    const kept = running.services.flatMap(({ definition }) =>
      definition.service.methods.filter((method) =>
        takesIdempotencyKey(definition.implementation[method.localName] as object),
      ),
    )
    const offered = methods.filter((method) => getOption(method, idempotency_key))
    expect(kept.map(({ name }) => name).sort()).toEqual(offered.map(({ name }) => name).sort())
    expect(offered.length).toBeGreaterThanOrEqual(9)
  } finally {
    await running.close()
  }
})
