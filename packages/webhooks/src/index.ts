export { deriveWebhookSecret } from './webhook-secret.ts'
export { type SignedMessage, signWebhook, webhookObstacle } from './webhook-signature.ts'
