/** Tells services the session of a person who is signed in. Set by who verified it alone. */
export const SESSION_HEADER = 'purser-session-id'

/** Tells services the network address of a caller. Set by who saw the connection alone. */
export const CLIENT_ADDRESS_HEADER = 'purser-client-address'
