import type { RefusalReason } from './line-refusal.ts'

/** Most refusals that are told one by one; the rest are counted. */
const MAX_REJECTIONS = 1_000

export type Rejection = { line: number; slug: string; reason: RefusalReason; message: string }

/** What became of every line of a file. */
export class ImportReport {
  createdCount = 0
  updatedCount = 0
  unchangedCount = 0
  rejectedCount = 0
  #rejections: Rejection[] = []

  /** Counts refused lines, told by the first of them. */
  reject(rejection: Rejection, lineCount: number): void {
    this.rejectedCount += lineCount
    if (this.#rejections.length < MAX_REJECTIONS) this.#rejections.push(rejection)
  }

  /** Counts the refusals of another report. */
  add({ rejectedCount, rejections }: ImportReport): void {
    this.rejectedCount += rejectedCount
    this.#rejections = [...this.#rejections, ...rejections].slice(0, MAX_REJECTIONS)
  }

  /** Refusals in the order of their lines. */
  get rejections(): Rejection[] {
    return this.#rejections.toSorted((a, b) => a.line - b.line)
  }
}
