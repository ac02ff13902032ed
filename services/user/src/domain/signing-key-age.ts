/** When a key was made, and given up by a process that could not open it. */
export type SigningKeyAge = { createdAt: Temporal.Instant; retiredAt: Temporal.Instant | undefined }

/** A key is followed by the next one after so long. */
const successorAfterHours = 30 * 24

/**
 * A new key signs only after so long, when every gateway has fetched it: they keep the keys for 5
 * minutes. A token with a `kid` that is asked for the first time is then the exception.
 */
const publishedAheadMinutes = 10

/**
 * A retired key goes on in processes that can open it for so long, as in a rolling change of
 * PURSER_SECRET, so that they do not take turns in making new ones.
 */
const signsAfterRetirementMinutes = 5

/** Until its last tokens, which live 5 minutes, are over on any clock. */
const listedAfterRetirementMinutes = 15

/** A key signs for 30 days and its last token lives 5 minutes: 60 days leave room for any clock. */
const listedHours = 60 * 24

/** Keys made before this matter no more. */
export function forgottenBefore(now: Temporal.Instant): Temporal.Instant {
  return now.subtract({ hours: listedHours })
}

/** Whether tokens with this key, which is not forgotten, are accepted at `now`. */
export function isListed({ retiredAt }: SigningKeyAge, now: Temporal.Instant): boolean {
  const until = retiredAt?.add({ minutes: listedAfterRetirementMinutes })
  return until === undefined || isBefore(now, until)
}

/** Whether the key may sign at `now`, be it new or one that a new one is about to follow. */
export function maySign({ createdAt, retiredAt }: SigningKeyAge, now: Temporal.Instant): boolean {
  const until = retiredAt?.add({ minutes: signsAfterRetirementMinutes })
  if (until !== undefined && !isBefore(now, until)) return false
  const minutes = 2 * publishedAheadMinutes
  return isBefore(now, createdAt.add({ hours: successorAfterHours, minutes }))
}

/** Whether every gateway knows the key by `now`. */
export function isPublished({ createdAt }: SigningKeyAge, now: Temporal.Instant): boolean {
  return !isBefore(now, createdAt.add({ minutes: publishedAheadMinutes }))
}

/** Whether it is time to make the key that follows this one. */
export function needsSuccessor({ createdAt }: SigningKeyAge, now: Temporal.Instant): boolean {
  return !isBefore(now, createdAt.add({ hours: successorAfterHours }))
}

function isBefore(one: Temporal.Instant, other: Temporal.Instant): boolean {
  return Temporal.Instant.compare(one, other) < 0
}
