/** A named set of people that the tenant's identity provider keeps here. */
export type ProvisionedGroup = {
  groupId: string
  /** Unique in the tenant, in whatever case. */
  displayName: string
  /** The identity provider's own id; empty when not told. */
  externalId: string
  /** Role that the members are given; undefined for none. */
  roleKey: string | undefined
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
}

/** A member, as its group's resource shows it. */
export type GroupMember = { userId: string; fullName: string }
