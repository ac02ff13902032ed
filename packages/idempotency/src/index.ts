export type { ActObject } from './act-object.ts'
export { type Acts, createActs, recordsActs, recordsItself, takesIdempotencyKey } from './acts.ts'
export { forwardActs } from './forward-acts.ts'
export { type Act, recordAct } from './record-act.ts'
