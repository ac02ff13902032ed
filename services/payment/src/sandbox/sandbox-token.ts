import type { Card } from '../domain/card.ts'

/** What the sandbox does with a charge or a refund. */
export type SandboxBehavior = {
  /** How the charge ends; `succeeded` unless given. */
  charge?: 'declined' | 'requires_action'
  declineCode?: string
  /** When it falls silent instead of answering a charge; what it did by then stays. */
  chargeSilence?: 'before' | 'after'
  /** When it falls silent instead of answering a refund. */
  refundSilence?: 'before' | 'after'
  /** Why it refuses refunds. */
  refundFailure?: string
  /** Whether it takes its time. */
  isSlow?: boolean
  /** Whether it also tells the outcome by webhook, twice. */
  tellsTwice?: boolean
}

/** The tokens that the sandbox gives, each with a card of its own and what happens when it is charged. */
const tokens: Record<string, { last4: string; brand?: string; behavior: SandboxBehavior }> = {
  tok_success: { last4: '4242', behavior: {} },
  tok_declined: {
    last4: '0002',
    behavior: { charge: 'declined', declineCode: 'card_declined' },
  },
  tok_insufficient_funds: {
    last4: '9995',
    behavior: { charge: 'declined', declineCode: 'insufficient_funds' },
  },
  tok_requires_action: {
    last4: '3220',
    brand: 'mastercard',
    behavior: { charge: 'requires_action' },
  },
  tok_timeout_after_charge: { last4: '0101', behavior: { chargeSilence: 'after' } },
  tok_timeout_before_charge: { last4: '0102', behavior: { chargeSilence: 'before' } },
  tok_answers_twice: { last4: '0103', behavior: { tellsTwice: true } },
  tok_slow: { last4: '0104', behavior: { isSlow: true } },
  tok_refund_fails: { last4: '5126', behavior: { refundFailure: 'refund_refused' } },
  tok_refund_timeout_after: { last4: '0105', behavior: { refundSilence: 'after' } },
  tok_refund_timeout_before: { last4: '0106', behavior: { refundSilence: 'before' } },
}

/** Every token that the sandbox gives. */
export const sandboxTokens: readonly string[] = Object.keys(tokens)

/** What happens when a token is charged; undefined for one that the sandbox never gave. */
export function behaviorOf(token: string): SandboxBehavior | undefined {
  return Object.hasOwn(tokens, token) ? tokens[token]?.behavior : undefined
}

/** The card behind a token; undefined for one that the sandbox never gave. */
export function cardOf(token: string): Card | undefined {
  const found = Object.hasOwn(tokens, token) ? tokens[token] : undefined
  if (found === undefined) return undefined
  const { last4, brand = 'visa' } = found
  return { brand, last4, expiryMonth: 12, expiryYear: 2034 }
}
