export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue }
export type JsonObject = { [key: string]: JsonValue }

/** A fact that a service tells others: past tense, self-contained, never changed. */
export type EventEnvelope = {
  /** UUIDv7; the same fact has the same id however often it is delivered. */
  eventId: string
  tenantId: string
  /** Dotted lower case, the owner's noun first: `invoice.ready`. */
  subject: string
  /** When it became true, by the publisher's clock (which may be a test clock). */
  occurredAt: Temporal.Instant
  /** JSON as the subject's documentation says; 64-bit integers and decimals are strings. */
  payload: JsonObject
}
