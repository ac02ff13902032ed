export { createIdempotency, type Idempotency, takesIdempotencyKey } from './idempotency.ts'
