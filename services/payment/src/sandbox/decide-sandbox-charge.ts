import { decideCharge, findByChallenge, type SandboxCharge } from './sandbox-ledger.ts'
import type { SandboxOptions } from './sandbox-provider.ts'

/**
 * Lets a shopper's decision end the charge that waits for it, and tells of it by webhook. Answers the
 * charge as it stands then; undefined when the challenge is none.
 */
export async function decideSandboxCharge(
  { database, tell }: Pick<SandboxOptions, 'database' | 'tell'>,
  { tenant, challenge, isApproved }: { tenant: string; challenge: string; isApproved: boolean },
): Promise<SandboxCharge | undefined> {
  const decision = isApproved
    ? ({ status: 'succeeded', declineCode: '' } as const)
    : ({ status: 'declined', declineCode: 'authentication_failed' } as const)
  return await database.tx(tenant, async (tx) => {
    const decided = await decideCharge(tx, tenant, challenge, decision)
    if (decided === undefined) return await findByChallenge(tx, tenant, challenge)
    await tell(tx, tenant, decided)
    return decided
  })
}
