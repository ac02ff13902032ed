import type { Adapter } from './adapter.ts'
import {
  aggregatedBy,
  aggregationRoundingAdapter,
  periodBoundaryAdapter,
  proratedSumAdapter,
  proratedUniqueCountAdapter,
  weightedSumAdapter,
} from './aggregation-adapter.ts'
import {
  additionalChargeAdapter,
  multiUnitBlocksAdapter,
  tieredBlocksAdapter,
} from './blocks-adapter.ts'
import {
  bucketedAdapter,
  graduatedPercentageAdapter,
  packageCountAdapter,
  pricedBy,
  usageDiscountAdapter,
  volumeProratedAdapter,
} from './pricing-adapter.ts'
import { calendarDaysAdapter, coefficientAdapter, periodFeeAdapter } from './proration-adapter.ts'
import {
  currencyRoundingAdapter,
  distributionAdapter,
  subtotalAdapter,
} from './rounding-adapter.ts'

/** Which adapter answers which model of the suite; a model that is missing is unsupported. */
export const adapters: Readonly<Record<string, Adapter>> = {
  standard: pricedBy('standard'),
  flat: pricedBy('flat'),
  graduated: pricedBy('graduated'),
  volume: pricedBy('volume'),
  package: pricedBy('package'),
  package_count: packageCountAdapter,
  usage_discount: usageDiscountAdapter,
  volume_prorated: volumeProratedAdapter,
  graduated_percentage: graduatedPercentageAdapter,
  bucketed: bucketedAdapter,
  tiered_blocks: tieredBlocksAdapter,
  'tiered_blocks.multi_unit': multiUnitBlocksAdapter,
  'rerating.additional_charge': additionalChargeAdapter,
  'aggregation.sum': aggregatedBy('sum'),
  'aggregation.max': aggregatedBy('max'),
  'aggregation.latest': aggregatedBy('latest'),
  'aggregation.unique_count': aggregatedBy('unique_count'),
  'aggregation.rounding': aggregationRoundingAdapter,
  'aggregation.weighted_sum': weightedSumAdapter,
  'aggregation.prorated_sum': proratedSumAdapter,
  'aggregation.prorated_unique_count': proratedUniqueCountAdapter,
  'aggregation.period_boundary': periodBoundaryAdapter,
  'rounding.currency': currencyRoundingAdapter,
  'rounding.invoice_subtotal': subtotalAdapter,
  'coupon.distribution': distributionAdapter,
  'proration.coefficient': coefficientAdapter,
  'proration.period_fee': periodFeeAdapter,
  'proration.calendar_days': calendarDaysAdapter,
}
