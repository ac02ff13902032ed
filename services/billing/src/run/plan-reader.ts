import type { Client } from '@connectrpc/connect'
import type { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { asService } from '@purser/rpc'
import type { PricedPlan } from '../domain/priced-plan.ts'
import { fromProtoPlan } from '../rpc/convert-plan.ts'

/** Reads each version of a plan once a run: versions never change. */
export class PlanReader {
  readonly #client: Client<typeof SubscriptionService>
  readonly #tenant: string
  readonly #plans = new Map<string, Promise<PricedPlan>>()

  constructor(client: Client<typeof SubscriptionService>, tenant: string) {
    this.#client = client
    this.#tenant = tenant
  }

  /** The plan, ready to rate. Throws `plan.invalid_price` and what the call throws. */
  read(planKey: string, version: number): Promise<PricedPlan> {
    const key = `${planKey}@${version}`
    const known = this.#plans.get(key)
    if (known !== undefined) return known
    const plan = this.#client
      .getPlan({ tenant: this.#tenant, planKey, version }, asService('billing', this.#tenant))
      .then(fromProtoPlan)
    this.#plans.set(key, plan)
    plan.catch(() => this.#plans.delete(key))
    return plan
  }
}
