import type { ChargeOutcome } from '../domain/provider.ts'
import type { SandboxCharge } from './sandbox-ledger.ts'
import { cardOf } from './sandbox-token.ts'

/** How a charge of the sandbox stands, as the port says it. */
export function outcomeOf(
  tenantId: string,
  { status, chargeId, token, declineCode, challenge }: SandboxCharge,
  webUrl: string,
): ChargeOutcome {
  const card = cardOf(token)
  const known = { reference: chargeId, ...(card && { card }) }
  switch (status) {
    case 'succeeded':
      return { state: 'succeeded', ...known }
    case 'declined':
      return { state: 'declined', ...known, declineCode }
    case 'abandoned':
      return { state: 'abandoned' }
    case 'requires_action':
      return {
        state: 'requires_action',
        ...known,
        actionUrl: actionUrl(tenantId, challenge, webUrl),
      }
  }
}

function actionUrl(tenant: string, challenge: string, webUrl: string): string {
  return `${webUrl}/dev/pay?${new URLSearchParams({ tenant, challenge })}`
}
