import type { CheckoutFacts, CheckoutFailure } from '../domain/checkout.ts'

/** What came of doing a step. */
export type StepResult =
  | { kind: 'done'; facts?: Partial<CheckoutFacts>; detail?: string }
  /** There will be no order. `inDoubt`: the step may have acted all the same. */
  | {
      kind: 'refused'
      failure: CheckoutFailure
      inDoubt: boolean
      facts?: Partial<CheckoutFacts>
    }
  /** The shopper has to do something first. */
  | { kind: 'waiting'; facts: Partial<CheckoutFacts>; detail: string }
  /** Nobody knows yet; the step is to be repeated. */
  | { kind: 'later'; detail: string; facts?: Partial<CheckoutFacts> }

/** What came of undoing a step. */
export type UndoResult = Extract<StepResult, { kind: 'done' | 'later' }>
