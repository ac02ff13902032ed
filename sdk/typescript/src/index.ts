export type { NewUsageEvent, UsageEvents, UsageEventsOptions } from './events/usage-events.ts'
export type {
  AccountStanding,
  CheckUsageRequest,
  CheckUsageResponse,
  CommittedUnits,
  CommitUsageRequest,
  CommitUsageResponse,
  ConsumeUsageRequest,
  ConsumeUsageResponse,
  EventRejection,
  FeatureStanding,
  FeatureUnits,
  OutagePolicy,
  ReleaseUsageRequest,
  ReleaseUsageResponse,
  Reservation,
  ReserveUsageRequest,
  UsageEvent,
} from './gen/contract.ts'
export type { CallOptions, ConnectionOptions } from './http-client.ts'
export type { Clock } from './limiter/clock.ts'
export type { Admission, Decision, Refusal, Standing } from './limiter/decision.ts'
export type { Forfeit } from './limiter/lease-reporter.ts'
export type { Limiter, LimiterOptions } from './limiter/limiter.ts'
export { Purser, type PurserOptions } from './purser.ts'
export {
  type FieldViolation,
  LimitExceeded,
  type Problem,
  PurserProblem,
  PurserUnreachable,
} from './purser-problem.ts'
export type { Usage } from './usage.ts'
