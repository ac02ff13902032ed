import { signWebhook } from '@purser/webhooks'
import { newsBody, type SandboxNews, sandboxCarrierSecret } from '../src/sandbox/sandbox-webhook.ts'

/** The platform's secret of these tests. */
export const SECRET = 'a secret of tests, long enough to be one'

/** The body of a webhook as the sandbox writes it. */
export function bodyOf(news: Omit<SandboxNews, 'tenant'> & { tenant?: string }): Buffer {
  return Buffer.from(newsBody({ tenant: 'acme', ...news }))
}

/** The header that signs a body, as the sandbox does it. */
export function signatureOf(body: Uint8Array, at: Temporal.Instant): string {
  return signWebhook(sandboxCarrierSecret(SECRET), body, at)
}
