import type { UsageEvent } from './usage-event.ts'

/** Events of one insert, column by column: what the store writes in one statement. */
export class EventBatch {
  readonly ids: string[] = []
  readonly sources: string[] = []
  readonly types: string[] = []
  readonly subjects: string[] = []
  /** Microseconds since 1970 (UTC). */
  readonly timesMicros: number[] = []
  /** Plain decimal texts. */
  readonly quantities: string[] = []
  /** JSON text of a flat object, or null without properties. */
  readonly properties: (string | null)[] = []

  get size(): number {
    return this.ids.length
  }

  /** `arrivalMicros` stands in for the time of an event that names none. */
  add(event: UsageEvent, arrivalMicros: number): void {
    this.ids.push(event.id)
    this.sources.push(event.source)
    this.types.push(event.type)
    this.subjects.push(event.subject)
    this.timesMicros.push(event.timeMicros ?? arrivalMicros)
    this.quantities.push(event.quantity)
    this.properties.push(event.properties === undefined ? null : JSON.stringify(event.properties))
  }
}
