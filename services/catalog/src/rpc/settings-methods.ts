import { create } from '@bufbuild/protobuf'
import {
  type CatalogSettings,
  CatalogSettingsSchema,
  type GetCatalogSettingsRequest,
  type PutCatalogSettingsRequest,
} from '@purser/contracts/catalog/v1/category'
import { toProtoTimestamp } from '@purser/rpc'
import type { CatalogContext } from '../context.ts'
import { findSettings, putSettings, type Settings } from '../store/settings.ts'

/** Currency of a shop that never said one; migration 0006 has the same. */
const FIRST_CURRENCY = 'USD'

/** The methods about what holds for a whole catalog. */
export function settingsMethods(ctx: CatalogContext) {
  return {
    /** Answers the settings, those of the start included. */
    getCatalogSettings: async ({ tenant }: GetCatalogSettingsRequest): Promise<CatalogSettings> => {
      const settings = await ctx.db.tx(tenant, (tx) => findSettings(tx, tenant), { readOnly: true })
      return toProtoSettings(settings)
    },

    /** Says the settings. */
    putCatalogSettings: async (req: PutCatalogSettingsRequest): Promise<CatalogSettings> => {
      const { tenant, defaultCurrency } = req
      const updatedAt = ctx.clock.now({ tenantId: tenant }).round('microsecond')
      const settings = { defaultCurrency, updatedAt }
      await ctx.db.tx(tenant, (tx) => putSettings(tx, tenant, settings))
      return toProtoSettings(settings)
    },
  }
}

function toProtoSettings(settings: Settings | undefined): CatalogSettings {
  return create(CatalogSettingsSchema, {
    defaultCurrency: settings?.defaultCurrency ?? FIRST_CURRENCY,
    ...(settings && { updateTime: toProtoTimestamp(settings.updatedAt) }),
  })
}
