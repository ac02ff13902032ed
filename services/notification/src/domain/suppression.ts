/** Why an address is not written to. */
export type SuppressionReason = 'bounced' | 'complained' | 'manual'

/** An address that is not written to. */
export type Suppression = {
  /** In lower case. */
  email: string
  reason: SuppressionReason
  createdAt: Temporal.Instant
}
