/** Units of one feature that are asked for. */
export type FeatureUnits = {
  featureKey: string
  /** Whole units, from 1 to 10^12. */
  units: bigint
}

/** One request to use features of an account, all or none. Each feature stands once. */
export type UsageRequest = {
  accountId: string
  /** 1 to 20 features. */
  features: readonly FeatureUnits[]
  /** The same id with the same content counts once. */
  id: string | undefined
  /** JSON text of a flat object of strings, undefined without properties. */
  propertiesJson: string | undefined
  /** Reserves the units for so long, under the id, instead of recording them. */
  holdSeconds: number | undefined
}

/** Where an account stands with the limit of a feature that matters most. */
export type LimitStanding = {
  limitKey: string
  /** Units in each window. */
  limit: number
  /** Units left, 0 or more. */
  remaining: number
  /** When the window turns, in milliseconds since 1970; of a rolling one, when units come back next. */
  resetMs: number | undefined
  /** When refused units will fit, in milliseconds since 1970; undefined when they never will. */
  retryMs: number | undefined
}

/** What a feature answers to a request. */
export type FeatureAnswer = {
  featureKey: string
  reason: 'limit_exceeded' | 'feature_not_entitled' | undefined
  /** Undefined when the feature has no limit, or is not entitled. */
  standing: LimitStanding | undefined
}

/** What became of a request. Only `admitted` counted something now. */
export type UsageAnswer = {
  verdict: 'admitted' | 'repeated' | 'refused' | 'id_of_other_usage'
  /** By the clock of the database, in milliseconds since 1970. */
  decidedMs: number
  /** In the order of the request. */
  features: FeatureAnswer[]
}
