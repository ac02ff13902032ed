/** Whom an export or an erasure is about. */
export type PrivacySubject = { kind: 'user' | 'account'; id: string }

/** Whose data is meant: the people and the accounts that a subject stands for. */
export type PrivacyScope = { userIds: readonly string[]; accountIds: readonly string[] }

/** Data that an erasure leaves. */
export type KeptData = {
  /** In plain words, such as `invoices`. */
  kind: string
  count: number
  reason: string
  /** Exclusive; undefined when it holds nothing personal. */
  keepUntil: Temporal.Instant | undefined
}

/** One service's part of an erasure; done once, until the erasure is asked for again. */
export type ErasureStep = {
  /** Place in the walk, from 1. */
  stepNumber: number
  service: string
  state: 'pending' | 'done'
  /** Records that were removed or stripped of what is personal. */
  erasedCount: number
  kept: readonly KeptData[]
  /** Code of the failure that stopped the last attempt. */
  failureCode: string | undefined
  completedAt: Temporal.Instant | undefined
}

/**
 * running -> completed: every step is done.
 * completed -> running: it was asked for again, or something that was kept is due.
 */
export type Erasure = PrivacyScope & {
  erasureId: string
  subject: PrivacySubject
  state: 'running' | 'completed'
  /** Kind and id of who asked. */
  requestedBy: string
  requestedAt: Temporal.Instant
  completedAt: Temporal.Instant | undefined
}

/** running -> completed: every service has told all it holds. It is removed when it expires. */
export type PersonalExport = PrivacyScope & {
  exportId: string
  subject: PrivacySubject
  state: 'running' | 'completed'
  requestedBy: string
  requestedAt: Temporal.Instant
  completedAt: Temporal.Instant | undefined
  /** Exclusive. */
  expiresAt: Temporal.Instant
}

/** Something that is held about somebody; `json` is the text of a JSON object. */
export type PersonalRecord = { kind: string; json: string }

/** Where in what was collected records of one kind lie. */
export type CollectedPart = {
  service: string
  kind: string
  /** From 1; a page has 1,000 records at most. */
  pageNumber: number
}

/** Name of people and accounts whose data was erased. */
export const ERASED_NAME = 'erased'

/** When the earliest of what was kept is due; undefined when nothing ever is. */
export function earliestDue(
  steps: readonly Pick<ErasureStep, 'kept'>[],
): Temporal.Instant | undefined {
  return steps
    .flatMap(({ kept }) => kept.flatMap(({ keepUntil }) => keepUntil ?? []))
    .toSorted(Temporal.Instant.compare)
    .at(0)
}
