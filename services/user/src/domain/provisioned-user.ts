import type { User } from './user.ts'

/** A JSON object that nobody has looked into. */
export type JsonMembers = Readonly<Record<string, unknown>>

/** A person whom the tenant's identity provider keeps here. */
export type ProvisionedUser = {
  user: User
  /** The identity provider's own id; empty when not told. */
  externalId: string
  /** See `UserValues`. */
  attributes: JsonMembers
  updatedAt: Temporal.Instant
}

/** A group that a person is in, as the person's resource shows it. */
export type GroupOfUser = { groupId: string; displayName: string }
