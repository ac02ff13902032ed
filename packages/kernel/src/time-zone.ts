import { PurserError } from './error.ts'

// Names only: a bare offset such as +02:00 has no rules for summer time and is no place to bill in.
const zoneName = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/

/** Whether `zone` names a time zone of the IANA database: `Europe/Paris`, `UTC`; not `+02:00`. */
export function isTimeZone(zone: string): boolean {
  if (!zoneName.test(zone)) return false
  try {
    new Temporal.ZonedDateTime(0n, zone)
    return true
  } catch {
    return false
  }
}

/** Throws `request.unknown_time_zone` unless `isTimeZone(zone)`. */
export function requireTimeZone(zone: string): void {
  if (isTimeZone(zone)) return
  throw new PurserError(
    'request.unknown_time_zone',
    'expected the name of an IANA time zone, such as "Europe/Paris"',
  )
}
