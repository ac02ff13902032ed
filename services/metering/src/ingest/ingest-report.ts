import { refusalMessages, type Refusal, type RefusalReason } from '../domain/usage-event.ts'

/** Most refusals that are told one by one; the rest are counted. */
const MAX_REJECTIONS = 1_000

/** Why the event at a line (from 1) was refused. */
export type Rejection = {
  line: number
  id: string | undefined
  reason: RefusalReason
  message: string
}

/** What became of every event of one call. */
export class IngestReport {
  acceptedCount = 0
  duplicateCount = 0
  rejectedCount = 0
  readonly rejections: Rejection[] = []

  /** Counts a stored batch: `inserted` of its `size` events were new. */
  countStored(size: number, inserted: number): void {
    this.acceptedCount += inserted
    this.duplicateCount += size - inserted
  }

  /** Counts a refused event. Lines arrive in ascending order. */
  reject(line: number, id: string | undefined, refusal: Refusal): void {
    this.rejectedCount += 1
    if (this.rejections.length >= MAX_REJECTIONS) return
    const sentence = refusalMessages[refusal.reason]
    const message = refusal.detail === undefined ? sentence : `${sentence}: ${refusal.detail}`
    this.rejections.push({ line, id, reason: refusal.reason, message })
  }
}
