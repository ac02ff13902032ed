import type { Wish } from './decide.ts'
import type { OutagePolicy } from './gen/contract.ts'

/** What was heard is asked for again after so long: the plan may be another one. */
export const ASK_RULE_EVERY_MS = 60_000
/** Rules that are remembered; what was heard longest ago is forgotten first. */
const MOST_RULES = 10_000

type Subject = Pick<Wish, 'accountId' | 'featureKey'>

/** The rules for outages as the service told them last, by account and feature. */
export class OutageRules {
  readonly #heard = new Map<string, { rule: OutagePolicy; atMs: number }>()

  /** Whether the service should be asked for the rule with the next decision. */
  isDue(subject: Subject, nowMs: number): boolean {
    const heard = this.#heard.get(keyOf(subject))
    return heard === undefined || nowMs - heard.atMs >= ASK_RULE_EVERY_MS
  }

  hear(subject: Subject, rule: OutagePolicy, nowMs: number): void {
    const key = keyOf(subject)
    this.#heard.delete(key)
    this.#heard.set(key, { rule, atMs: nowMs })
    if (this.#heard.size <= MOST_RULES) return
    for (const eldest of this.#heard.keys()) {
      this.#heard.delete(eldest)
      return
    }
  }

  /** No plan of the account brings the feature any more. */
  forget(subject: Subject): void {
    this.#heard.delete(keyOf(subject))
  }

  /** The rule; undefined before one was heard. */
  find(subject: Subject): OutagePolicy | undefined {
    return this.#heard.get(keyOf(subject))?.rule
  }
}

/** Keys of features have no line break. */
function keyOf({ accountId, featureKey }: Subject): string {
  return `${featureKey}\n${accountId}`
}
