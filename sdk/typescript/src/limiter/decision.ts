/** Where an account stands with a limit, as far as this node knows. */
export type Standing = {
  /** Limit with the least left; empty when the feature has none that refuses. */
  limitKey: string
  /** Units in each window of the limit. */
  limit: number
  /** Units left, those that this node has borrowed included. */
  remaining: number
  /** Whole seconds until units come back; undefined while none are out. */
  resetSeconds: number | undefined
}

/** The units were admitted, and will be recorded. */
export type Admission = Standing & {
  allowed: true
  /** Who decided: a lease here, the service, or the rule for outages. */
  by: 'lease' | 'service' | 'outage'
}

/** The units were refused; nothing was counted. */
export type Refusal = Standing & {
  allowed: false
  /** `unreachable`: the service is, and the rule for outages is to refuse. */
  reason: 'limit_exceeded' | 'feature_not_entitled' | 'unreachable'
  /** Whole seconds until the units fit if nothing else is admitted; undefined when they never will. */
  retryAfterSeconds: number | undefined
}

export type Decision = Admission | Refusal
