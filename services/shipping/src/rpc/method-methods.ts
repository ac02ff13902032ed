import { create } from '@bufbuild/protobuf'
import {
  type DeleteMethodRequest,
  type DeleteMethodResponse,
  DeleteMethodResponseSchema,
  type ListMethodsRequest,
  type ListMethodsResponse,
  ListMethodsResponseSchema,
  type PutMethodRequest,
  type ShippingMethod as ProtoMethod,
} from '@purser/contracts/shipping/v1/method'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import type { ShippingMethod } from '../domain/method.ts'
import { checkRates } from '../domain/rate.ts'
import { SANDBOX } from '../sandbox/sandbox-carrier.ts'
import { deleteMethod, listMethods, lockZones, putMethod } from '../store/method.ts'
import { fromProtoRate, toProtoMethod } from './convert-method.ts'

const MOST_METHODS = 100

/** The methods about ways to deliver. */
export function methodMethods(ctx: ShippingContext) {
  return {
    /** Answers every method with its rates, by position and key. */
    listMethods: async ({ tenant }: ListMethodsRequest): Promise<ListMethodsResponse> => {
      const methods = await ctx.db.tx(tenant, (tx) => listMethods(tx, tenant), { readOnly: true })
      return create(ListMethodsResponseSchema, { methods: methods.map(toProtoMethod) })
    },

    /** Throws `shipping.invalid_method` for rates, zones, a carrier or its service, `shipping.too_many`. */
    putMethod: async (req: PutMethodRequest): Promise<ProtoMethod> => {
      const { tenant } = req
      const method = methodOf(req)
      checkRates(method.rates)
      const carrier = ctx.carriers.get(method.carrier)
      if (carrier === undefined) throw unknown('carrier')
      if (!carrier.services.has(method.carrierService)) throw unknown('carrier_service')
      await ctx.db.tx(tenant, async (tx) => {
        await requireZones(tx, tenant, method)
        const known = await listMethods(tx, tenant)
        const others = known.filter(({ methodKey }) => methodKey !== method.methodKey)
        if (others.length >= MOST_METHODS) {
          throw new PurserError('shipping.too_many', `There are ${MOST_METHODS} methods already.`)
        }
        await putMethod(tx, tenant, method)
      })
      return toProtoMethod(method)
    },

    /** Throws `resource.not_found`. */
    deleteMethod: async (req: DeleteMethodRequest): Promise<DeleteMethodResponse> => {
      const { tenant, methodKey } = req
      if (await ctx.db.tx(tenant, (tx) => deleteMethod(tx, tenant, methodKey))) {
        return create(DeleteMethodResponseSchema)
      }
      throw new PurserError('resource.not_found', 'There is no such method.')
    },
  }
}

function methodOf(req: PutMethodRequest): ShippingMethod {
  const { methodKey, title, carrier, carrierService, isActive, position, rates } = req
  return {
    methodKey,
    title,
    carrier: carrier || SANDBOX,
    carrierService: carrierService || 'standard',
    isActive: isActive ?? true,
    position,
    rates: rates.map(fromProtoRate),
  }
}

async function requireZones(tx: Tx, tenant: string, { rates }: ShippingMethod): Promise<void> {
  const keys = rates.map(({ zoneKey }) => zoneKey)
  const known = await lockZones(tx, tenant, keys)
  const index = keys.findIndex((key) => !known.has(key))
  if (index >= 0) throw unknown(`rates[${index}].zone_key`)
}

function unknown(field: string): PurserError {
  const message = 'names none that there is'
  const fields = [{ field, message }]
  return new PurserError('shipping.invalid_method', `${field} ${message}`, { fields })
}
