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
  'auth.sso_required': 'permission_denied',
  'auth.provider_unavailable': 'unavailable',
  // Of somebody who is signed in: the session is as good as before, so this is no 401.
  'auth.wrong_password': 'invalid_argument',
  'auth.wrong_code': 'invalid_argument',
  'auth.invalid_token': 'invalid_argument',
  'auth.passkey_refused': 'invalid_argument',
  'auth.totp_already_enabled': 'failed_precondition',
  'auth.totp_not_enabled': 'failed_precondition',

  'user.already_exists': 'already_exists',
  'user.email_not_verified': 'failed_precondition',
  'user.last_owner': 'failed_precondition',
  'user.erased': 'failed_precondition',
  'user.api_key_ended': 'failed_precondition',
  'role.already_exists': 'already_exists',
  'role.in_use': 'failed_precondition',

  'resource.not_found': 'not_found',

  'privacy.export_running': 'failed_precondition',

  'tenant.already_exists': 'already_exists',
  'account.already_exists': 'already_exists',
  'account.last_admin': 'failed_precondition',
  'account.in_use': 'failed_precondition',
  'meter.already_exists': 'already_exists',

  'plan.already_exists': 'already_exists',
  'plan.unknown_meter': 'invalid_argument',
  'plan.invalid_price': 'invalid_argument',
  'plan.invalid_entitlement': 'invalid_argument',

  'subscription.already_active': 'already_exists',
  'subscription.meter_already_priced': 'conflict',
  'subscription.not_active': 'failed_precondition',
  'subscription.plan_unavailable': 'failed_precondition',
  'subscription.not_entitled': 'failed_precondition',
  'subscription.too_many': 'failed_precondition',
  'subscription.too_many_top_ups': 'failed_precondition',

  'metering.invalid_event': 'invalid_argument',
  'metering.entitlements_differ': 'failed_precondition',
  'metering.unknown_plan_version': 'failed_precondition',
  'metering.limit_exceeded': 'resource_exhausted',
  'metering.feature_not_entitled': 'failed_precondition',
  'metering.id_of_other_usage': 'failed_precondition',
  'metering.hold_not_open': 'failed_precondition',
  'metering.overloaded': 'unavailable',
  'metering.counters_elsewhere': 'unavailable',
  'metering.holds_unavailable': 'failed_precondition',
  'metering.holds_open': 'failed_precondition',

  'billing.period_not_ended': 'failed_precondition',
  'billing.run_deadline_exceeded': 'deadline_exceeded',
  'billing.run_in_progress': 'conflict',
  'billing.too_many_records': 'invalid_argument',
  'billing.amount_too_large': 'failed_precondition',

  'invoice.already_finalized': 'failed_precondition',
  'invoice.not_finalized': 'failed_precondition',
  'invoice.mismatch': 'failed_precondition',
  'invoice.credit_exceeds': 'failed_precondition',
  'invoice.not_of_usage': 'failed_precondition',

  'tax.rate_taken': 'already_exists',
  'tax.too_many_rates': 'failed_precondition',

  'notification.unknown_template': 'invalid_argument',
  'notification.missing_variable': 'invalid_argument',
  'notification.already_sent': 'failed_precondition',
  'notification.content_dropped': 'failed_precondition',
  'notification.no_inbox': 'failed_precondition',

  'payment.already_exists': 'already_exists',
  'payment.card_number_refused': 'invalid_argument',
  'payment.unknown_method': 'invalid_argument',
  'payment.too_many_methods': 'failed_precondition',
  'payment.outcome_unknown': 'failed_precondition',
  'payment.not_cancelable': 'failed_precondition',
  'payment.not_refundable': 'failed_precondition',
  'payment.belongs_to_order': 'failed_precondition',
  'payment.refund_exceeds_payment': 'failed_precondition',
  'payment.webhook_refused': 'invalid_argument',
  'payment.action_decided': 'failed_precondition',

  'catalog.invalid_product': 'invalid_argument',
  'catalog.slug_taken': 'already_exists',
  'catalog.sku_taken': 'already_exists',
  'catalog.product_changed': 'conflict',
  'catalog.category_in_use': 'failed_precondition',
  'catalog.collection_in_use': 'failed_precondition',
  'catalog.stock_reserved': 'failed_precondition',
  'catalog.not_for_sale': 'failed_precondition',
  'catalog.price_missing': 'failed_precondition',
  'catalog.out_of_stock': 'failed_precondition',
  'catalog.reservation_ended': 'failed_precondition',
  'catalog.reservation_mismatch': 'failed_precondition',
  'catalog.nothing_to_restock': 'failed_precondition',

  'shipping.quote_expired': 'failed_precondition',
  'shipping.quote_mismatch': 'failed_precondition',
  'shipping.area_taken': 'already_exists',
  'shipping.zone_in_use': 'failed_precondition',
  'shipping.invalid_method': 'invalid_argument',
  'shipping.unknown_method': 'invalid_argument',
  'shipping.too_many': 'failed_precondition',
  'shipping.exceeds_ordered': 'failed_precondition',
  'shipping.line_mismatch': 'failed_precondition',
  'shipping.not_cancelable': 'failed_precondition',
  'shipping.carrier_silent': 'unavailable',
  'shipping.illegal_move': 'failed_precondition',
  'shipping.label_not_ready': 'failed_precondition',
  'shipping.webhook_refused': 'invalid_argument',

  'cart.not_open': 'failed_precondition',
  'cart.changed': 'conflict',
  'cart.too_many_items': 'failed_precondition',
  'cart.quantity_too_large': 'failed_precondition',
  'cart.currency_mismatch': 'failed_precondition',
  'cart.coupon_exists': 'already_exists',
  'cart.coupon_not_valid': 'failed_precondition',

  'order.cart_empty': 'failed_precondition',
  'order.price_changed': 'failed_precondition',
  'order.shipping_missing': 'failed_precondition',
  'order.account_required': 'failed_precondition',
  'order.payment_declined': 'failed_precondition',
  'order.payment_canceled': 'failed_precondition',
  'order.checkout_running': 'conflict',
  'order.not_cancelable': 'failed_precondition',
  'order.not_refundable': 'failed_precondition',
  'order.refund_exceeds_paid': 'failed_precondition',
  'order.not_returnable': 'failed_precondition',
  'order.not_exchangeable': 'failed_precondition',
  'order.exchange_running': 'conflict',
  'order.not_editable': 'failed_precondition',
  'order.not_shippable': 'failed_precondition',

  'config.invalid': 'failed_precondition',
  'platform.unavailable': 'unavailable',
  'platform.internal': 'internal',
  'platform.overloaded': 'unavailable',
} as const satisfies Record<string, ErrorKind>

/** A stable code of the platform, such as `billing.period_not_ended`. */
export type ErrorCode = keyof typeof errorKinds
