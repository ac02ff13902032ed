/**
 * What a caller can do about an error. Each kind is one gRPC status and one HTTP status; the mapping
 * is made once, at the edge.
 */
export type ErrorKind =
  | 'invalid_argument'
  | 'unauthenticated'
  | 'permission_denied'
  | 'not_found'
  | 'already_exists'
  | 'conflict'
  | 'failed_precondition'
  | 'resource_exhausted'
  | 'deadline_exceeded'
  | 'unavailable'
  | 'unimplemented'
  | 'internal'

/**
 * Every error code of the platform and its kind. Codes are stable: callers branch on them, so a code
 * is never renamed and never changes its kind. `resource.not_found` also answers for "not yours".
 */
export const errorKinds = {
  'request.invalid': 'invalid_argument',
  'request.invalid_decimal': 'invalid_argument',
  'request.invalid_json': 'invalid_argument',
  'request.unknown_field': 'invalid_argument',
  'request.unknown_currency': 'invalid_argument',
  'request.unknown_time_zone': 'invalid_argument',
  'request.body_too_large': 'invalid_argument',
  'request.unsupported_media_type': 'invalid_argument',
  'request.deadline_exceeded': 'deadline_exceeded',
  // The caller's patience ended: the same answer as an expired deadline, to a caller who left.
  'request.canceled': 'deadline_exceeded',
  'request.rate_limited': 'resource_exhausted',
  'request.in_progress': 'conflict',
  'request.idempotency_mismatch': 'failed_precondition',
  'request.not_found': 'not_found',
  'request.method_not_allowed': 'unimplemented',

  'auth.missing_credentials': 'unauthenticated',
  'auth.invalid_credentials': 'unauthenticated',
  'auth.permission_denied': 'permission_denied',
  'auth.too_many_attempts': 'resource_exhausted',

  'user.already_exists': 'already_exists',
  'user.last_owner': 'failed_precondition',
  'role.already_exists': 'already_exists',
  'role.in_use': 'failed_precondition',

  'resource.not_found': 'not_found',

  'tenant.already_exists': 'already_exists',
  'account.already_exists': 'already_exists',
  'meter.already_exists': 'already_exists',

  'plan.already_exists': 'already_exists',
  'plan.unknown_meter': 'invalid_argument',
  'plan.invalid_price': 'invalid_argument',

  'subscription.already_active': 'already_exists',
  'subscription.meter_already_priced': 'conflict',
  'subscription.not_active': 'failed_precondition',
  'subscription.plan_unavailable': 'failed_precondition',

  'metering.invalid_event': 'invalid_argument',

  'billing.period_not_ended': 'failed_precondition',
  'billing.run_deadline_exceeded': 'deadline_exceeded',
  'billing.run_in_progress': 'conflict',
  'billing.too_many_records': 'invalid_argument',
  'billing.amount_too_large': 'failed_precondition',

  'invoice.already_finalized': 'failed_precondition',
  'invoice.not_finalized': 'failed_precondition',
  'invoice.mismatch': 'failed_precondition',

  'config.invalid': 'failed_precondition',
  'platform.unavailable': 'unavailable',
  'platform.internal': 'internal',
  'platform.overloaded': 'unavailable',
} as const satisfies Record<string, ErrorKind>

/** A stable code of the platform, such as `billing.period_not_ended`. */
export type ErrorCode = keyof typeof errorKinds
