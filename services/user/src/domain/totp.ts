/** An authenticator app of a person. */
export type Totp = {
  /** Base-32 secret, encrypted; see `sealText`. */
  sealedSecret: Buffer
  /** Undefined until a first code proved that the app has the secret. */
  confirmedAt: Temporal.Instant | undefined
  /** Step whose code was accepted last; -1 for none. */
  lastStep: bigint
}
