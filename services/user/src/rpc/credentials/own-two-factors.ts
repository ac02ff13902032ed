import type { HandlerContext } from '@connectrpc/connect'
import { recordAct } from '@purser/idempotency'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import type { Person } from '../../domain/person.ts'
import { acceptOwnPassword, checkOwnPassword } from './own-password.ts'
import { acceptSecondFactor, countSecondFactor, type SecondFactorProof } from './second-factor.ts'

/**
 * Does something that needs both of the caller's factors, in one transaction with the use of the
 * code and with the person's row locked; records the act. Throws what `checkOwnPassword`, `countSecondFactor` and
 * `acceptSecondFactor` throw.
 */
export async function withOwnTwoFactors<T>(
  ctx: UserContext,
  call: HandlerContext,
  {
    currentPassword,
    proof,
    work,
  }: {
    currentPassword: string
    proof: SecondFactorProof
    work: (tx: Tx, person: Person, now: Temporal.Instant) => Promise<T>
  },
): Promise<T> {
  const own = await checkOwnPassword(ctx, call, currentPassword)
  const { tenantId, now } = own.attempt
  const person = { tenant: tenantId, userId: own.checked.userId }
  await ctx.db.tx(tenantId, (tx) => countSecondFactor(tx, person, { proof, now }))
  return await ctx.db.tx(tenantId, async (tx) => {
    await acceptOwnPassword(tx, own)
    await acceptSecondFactor(ctx, tx, person, { proof, now })
    await recordAct(tx, call, { object: { user_id: person.userId }, occurredAt: now })
    return await work(tx, person, now)
  })
}
