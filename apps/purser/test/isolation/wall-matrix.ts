import { asService, callValues } from '@purser/rpc'
import { isPurserError } from '@purser/kernel'
import { callRoute, messageOf } from './call-operation.ts'
import { leaksIn } from './leaks.ts'
import { type Names, sameForAll } from './names.ts'
import type { Operation } from './operation.ts'
import { type Pin, pinned } from './pinned-database.ts'
import { requestOf } from './request-of.ts'
import type { TenantFixture } from './tenant-fixture.ts'

/** How Postgres words the refusal of a row. */
const WALL = 'violates row-level security policy'

export type WallReport = {
  cellCount: number
  /** Names of operations that answered, and how often each code, or the server itself, refused. */
  answered: string[]
  refusals: Record<string, number>
  findings: string[]
}

/**
 * Calls every operation past every check of the application, in the name of a tenant whose rows the session must
 * not see: with that tenant's things under its own name, and under the pinned one's. Operations must be
 * routes to services on `pinnable` databases.
 */
export async function runWallMatrix(
  operations: readonly Operation[],
  pin: Pin,
  owner: TenantFixture,
): Promise<WallReport> {
  const report: WallReport = { cellCount: 0, answered: [], refusals: {}, findings: [] }
  const spoken = [owner.names, { ...owner.names, tenant: pin.tenant }]
  for (const operation of operations) {
    for (const names of spoken) {
      const { answer, code } = await outcome(operation, pin, names)
      report.cellCount += 1
      if (code === undefined) report.answered.push(operation.name)
      else report.refusals[code] = (report.refusals[code] ?? 0) + 1
      if (code === 'platform.internal') report.findings.push(`${operation.name}: fails, ${answer}`)
      const { captures, query, body } = requestOf(operation, names)
      const leaks = leaksIn(answer, `${captures} ${query} ${body}`, owner)
      report.findings.push(...leaks.map((leak) => `${operation.name}: the answer tells ${leak}`))
      if (code === undefined && readsOneThing(operation)) {
        report.findings.push(`${operation.name}: answers ${answer.slice(0, 300)}`)
      }
    }
  }
  return report
}

/** Whether it answers one thing that its path names. */
function readsOneThing({ route, variables }: Operation): boolean {
  return route.binding.httpMethod === 'GET' && variables.some((name) => !sameForAll.has(name))
}

/** What a call answers, as text, or what it is refused with. */
async function outcome(operation: Operation, pin: Pin, names: Names) {
  try {
    return { answer: await pinned(pin, () => call(operation, names)), code: undefined }
  } catch (error) {
    if (!isPurserError(error)) throw error
    const { message, code, fields, details, cause } = error
    if (String(cause).includes(WALL)) return { answer: '', code: 'row-level security' }
    return { answer: JSON.stringify({ message, fields, details }), code }
  }
}

async function call(operation: Operation, names: Names): Promise<string> {
  const { route, namesTenant } = operation
  const values = namesTenant ? asService('test', '*').contextValues : personOf(names)
  const input = messageOf(operation, requestOf(operation, names))
  return await callRoute(route, input, { transport: route.transport, values })
}

/** The owner of things that no tenant is named for. */
function personOf({ user_id: id = '', tenant = '' }: Names) {
  return callValues({ kind: 'user', id, tenant, permissions: ['*'] }, '')
}
