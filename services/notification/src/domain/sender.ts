/** What a tenant's mails say of their sender. */
export type Sender = {
  /** Empty for the tenant's legal name. */
  senderName: string
  /** Empty when answers go nowhere. */
  replyTo: string
}
