import { fromProtoTimestamp } from '@purser/rpc'

/** The date of a contract's timestamp, in UTC; `-` for none. */
export function day(time: Parameters<typeof fromProtoTimestamp>[0] | undefined): string {
  return time ? fromProtoTimestamp(time).toString().slice(0, 10) : '-'
}
