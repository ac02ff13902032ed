/** Who owns what belongs to a person alone. */
export type Person = {
  /** Tenant's slug. */
  tenant: string
  userId: string
}
