// Written from the contract by test/contract/write-contract.ts: do not edit.
// Bodies as they travel, in JSON. In answers, empty text and what is not set are left out.

/** Where an account stands with features. */
export type AccountStanding = {
  /** Account. */
  account_id?: string
  /** Features in the order of the request. */
  features: FeatureStanding[]
}

export type BorrowUsageRequest = {
  /** Account. */
  account_id: string
  /** Feature. */
  feature_key: string
  /** Most units to lend; fewer are lent near a limit. */
  quantity: number
  /** Identifier of the lease: the same again, with the same content, answers the same one. */
  lease_id: string
  /** How long the node may use them; 10 seconds when 0. Shorter near the end of a window. */
  lease_seconds?: number
  /** Further facts, by which usage may be grouped. */
  properties?: Record<string, string>
}

export type CheckUsageRequest = {
  /** Accounts. */
  account_ids: string[]
  /** Features and units, asked of every account; each feature at most once. */
  features: FeatureUnits[]
}

export type CheckUsageResponse = {
  /** Accounts in the order of the request. */
  accounts: AccountStanding[]
}

export type CommitUsageRequest = {
  /** Reservation. */
  reservation_id: string
  /** Units that were used, from 0; features that are left out used none. */
  features?: FeatureUnits[]
}

export type CommitUsageResponse = {
  /** The features of the reservation, by key. */
  features: CommittedUnits[]
}

/** What a reservation came to. */
export type CommittedUnits = {
  /** Feature. */
  feature_key?: string
  /** Units that were reserved. */
  reserved: number
  /** Units that are recorded as usage. */
  recorded: number
  /** Units that were used but are not recorded: beyond a limit that is hard. */
  refused: number
}

export type ConsumeUsageRequest = {
  /** Account that uses them. */
  account_id: string
  /** Features and units from 1; each feature at most once. */
  features: FeatureUnits[]
  /** Identifier of this usage: the same again, with the same content, counts once and is answered as admitted. A refusal is not remembered: it may be tried again. */
  id?: string
  /** Further facts, by which usage may be grouped. */
  properties?: Record<string, string>
  /** Whether to tell `on_outage` of each feature, which costs a look-up. A refusal by a limit tells it as a detail of the problem, `open` or `closed`, for the feature that it names. */
  tell_on_outage?: boolean
}

export type ConsumeUsageResponse = {
  /** Whether the id was admitted before, so that nothing was counted now. */
  repeated: boolean
  /** Where the account stands now with each feature, in the order of the request. */
  features: FeatureStanding[]
}

/** Why one event was refused. */
export type EventRejection = {
  /** Line of NDJSON, or position in the array, from 1. */
  line: number
  /** The event's id, if it could be read. */
  id?: string
  /** Stable reason, such as `unknown_type` or `quantity_negative`. */
  reason?: string
  /** The same for people. */
  message?: string
}

/** Where an account stands with a feature. */
export type FeatureStanding = {
  /** Feature. */
  feature_key?: string
  /** Whether the units that were asked for fit. */
  allowed: boolean
  /** Why they do not: `limit_exceeded` or `feature_not_entitled`. */
  reason?: string
  /** Limit with the least left, or the one that refuses for longest; empty when the feature has none. */
  limit_key?: string
  /** Units in each window of this limit. */
  limit: number
  /** Units left now, 0 or more. */
  remaining: number
  /** When its window turns; of a rolling one, when units come back next. Left out while nothing is used. */
  reset_time?: string
  /** When refused units will fit if nothing else is admitted; left out when they never will. */
  retry_time?: string
  /** What a client decides while the engine cannot be reached, as the feature's entitlement says. Told when the request asks for it. */
  on_outage?: OutagePolicy
}

/** Units of one feature. */
export type FeatureUnits = {
  /** Feature. */
  feature_key: string
  /** Whole units; 1 when left out. */
  quantity?: number
}

export type IngestEventsResponse = {
  /** Events stored by this call. */
  accepted_count: number
  /** Events that were stored before or stand twice in the call. */
  duplicate_count: number
  /** Events that were refused. */
  rejected_count: number
  /** The first 1,000 refusals, in order of their line. */
  rejections: EventRejection[]
}

/** Units that a node may use by itself. */
export type Lease = {
  /** Identifier. */
  lease_id?: string
  /** Units lent. */
  quantity: number
  /** End, exclusive: no unit may be used from then on. */
  expire_time?: string
  /** The same in milliseconds from the decision, since clocks of nodes differ. */
  expires_in_ms: number
  /** Limit with the least left; empty when the feature has none that refuses. */
  limit_key?: string
  /** Units in each window of this limit. */
  limit: number
  /** Units left beside the lease. */
  remaining: number
  /** When its window turns; of a rolling one, when units come back next. Left out while nothing is used. */
  reset_time?: string
  /** What the node decides while the engine cannot be reached, as the feature's entitlement says; closed when left out. */
  on_outage?: OutagePolicy
}

export type LeaseReport = {
  /** Units that are recorded as usage of the lease. */
  recorded: number
  /** Whether the lease takes further reports. */
  open: boolean
}

/**
 * What a client decides when the engine cannot be reached.
 *
 * - `closed`: Refuse.
 * - `open`: Admit.
 */
export type OutagePolicy = 'closed' | 'open'

export type ReleaseUsageRequest = {
  /** Reservation. */
  reservation_id: string
}

export type ReleaseUsageResponse = Record<string, never>

export type ReportLeaseRequest = {
  /** Lease. */
  lease_id: string
  /** Number of the report, from 1, growing: one that is not greater than the last changes nothing. */
  sequence: number
  /** Units used since the lease began. */
  used_quantity?: number
}

/** Units that are counted before they are used. */
export type Reservation = {
  /** Identifier. */
  reservation_id?: string
  /** When they are given back unless committed; left out when the reservation is a repeated one. */
  expire_time?: string
  /** Whether the same reservation was made before, so that nothing was counted now. */
  repeated: boolean
  /** Where the account stands now with each feature, in the order of the request. */
  features: FeatureStanding[]
}

export type ReserveUsageRequest = {
  /** Account that will use them. */
  account_id: string
  /** Features and units from 1; each feature at most once. */
  features: FeatureUnits[]
  /** Identifier of the reservation: the same again, with the same content, answers the same one. Made up when left out. */
  reservation_id?: string
  /** Further facts, by which usage may be grouped. */
  properties?: Record<string, string>
  /** How long the units are held; 600 seconds when 0. */
  hold_seconds?: number
}

export type ReturnLeaseRequest = {
  /** Lease. */
  lease_id: string
  /** Number of this last report, greater than those before. */
  sequence: number
  /** Units used since the lease began. */
  used_quantity?: number
}

/** One piece of usage. */
export type UsageEvent = {
  /** Unique in its source; the key of deduplication is (tenant, source, id). */
  id: string
  /** Where it comes from; "api" when left out. Those of what limits admitted are not taken: "consume", "reservation" and "lease". */
  source?: string
  /** Type, read by the meters of the same event type. */
  type: string
  /** Account that used it. */
  subject: string
  /** When it happened; the time of arrival when left out. */
  time?: string
  /** How much, an exact decimal; 1 when left out. A JSON number or string. */
  quantity?: string
  /** Further facts, by which usage may be grouped. */
  properties?: Record<string, string>
}

/** Where each operation is asked, below /api/v1/tenants/{tenant}: `POST` each. */
export const routes = {
  consume: '/usage/consume',
  check: '/usage/check',
  reserve: '/usage/reserve',
  commit: '/usage/commit',
  release: '/usage/release',
  borrow: '/usage/leases/borrow',
  report: '/usage/leases/report',
  return: '/usage/leases/return',
  ingest: '/events',
} as const

/** Fields of answers that are whole numbers of 64 bits: text where a number is not exact. */
export const wholeNumbers: ReadonlySet<string> = new Set([
  'accepted_count',
  'duplicate_count',
  'expires_in_ms',
  'limit',
  'line',
  'quantity',
  'recorded',
  'refused',
  'rejected_count',
  'remaining',
  'reserved',
])

