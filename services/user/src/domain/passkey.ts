/** A passkey: a key pair whose private half is in an authenticator of the person. */
export type Passkey = {
  passkeyId: string
  userId: string
  /** As the person calls it. */
  name: string
  /** The authenticator's own name for it. */
  credentialId: Buffer
  /** COSE_Key (RFC 9052). */
  publicKey: Buffer
  /** Signatures as the authenticator counts them; 0 for ever where it does not. */
  signCount: number
  /** Hints for browsers how to reach the authenticator, such as `internal` and `usb`. */
  transports: readonly string[]
  /** Whether it is copied to the person's other devices. */
  isSynced: boolean
  createdAt: Temporal.Instant
  /** Of the last sign-in; undefined for none. */
  usedAt: Temporal.Instant | undefined
}

/** The most passkeys a person has. */
export const MAX_PASSKEYS = 20
