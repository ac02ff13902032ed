import { signWebhook } from '@purser/webhooks'
import { sandboxWebhookSecret } from '../src/sandbox/sandbox-webhook.ts'

/** The platform's secret of these tests. */
export const SECRET = 'a secret of tests, long enough to be one'

/** What a webhook of the sandbox says of a charge. */
export type Told = {
  id: string
  status: 'succeeded' | 'declined' | 'requires_action' | 'abandoned'
  key: string
  tenant?: string
  amount?: string
  currency?: string
}

/** The body of a webhook as the sandbox writes it. */
export function bodyOf({
  id,
  status,
  key,
  tenant = 'acme',
  amount = '1999',
  currency = 'EUR',
}: Told) {
  const declined = status === 'declined' ? 'card_declined' : ''
  return Buffer.from(
    JSON.stringify({
      id,
      type: `charge.${status}`,
      tenant,
      charge: {
        key,
        id: 'sch_told',
        token: 'tok_success',
        status,
        amount_minor: amount,
        currency,
        decline_code: declined,
        challenge: status === 'requires_action' ? 'a-challenge' : '',
      },
    }),
  )
}

/** The header that signs a body, as the sandbox does it. */
export function signatureOf(body: Uint8Array, at: Temporal.Instant): string {
  return signWebhook(sandboxWebhookSecret(SECRET), body, at)
}
