import { statement, type Tx } from '@purser/postgres'
import type { SsoConnection } from '../domain/sso-connection.ts'

const COLUMNS = `connection_id, issuer, client_id, sealed_client_secret, redirect_uris, email_domains,
  default_role_key, creates_people, is_enforced, updated_at`

type ConnectionRow = {
  connection_id: string
  issuer: string
  client_id: string
  sealed_client_secret: Buffer
  redirect_uris: string[]
  email_domains: string[]
  default_role_key: string
  creates_people: boolean
  is_enforced: boolean
  updated_at: Temporal.Instant
}

const findConnectionStatement = statement(
  'user.find_sso_connection',
  `select ${COLUMNS}
   from sso_connection
   where tenant_id = $1`,
)

/** The tenant's connection, if there is one. Takes no lock. */
export async function findConnection(tx: Tx, tenantId: string): Promise<SsoConnection | undefined> {
  const [row] = await tx.query<ConnectionRow>(findConnectionStatement, [tenantId])
  return row && fromRowConnection(row)
}

const lockConnectionStatement = statement(
  'user.lock_sso_connection',
  `select ${COLUMNS}
   from sso_connection
   where tenant_id = $1
   for update`,
)

/** As `findConnection`; the row stays locked until the transaction ends. */
export async function lockConnection(tx: Tx, tenantId: string): Promise<SsoConnection | undefined> {
  const [row] = await tx.query<ConnectionRow>(lockConnectionStatement, [tenantId])
  return row && fromRowConnection(row)
}

const putConnectionStatement = statement(
  'user.put_sso_connection',
  `insert into sso_connection (
     tenant_id, connection_id, issuer, client_id, sealed_client_secret, redirect_uris,
     email_domains, default_role_key, creates_people, is_enforced, updated_at
   )
   values (
     $1, $2, $3, $4, $5::bytea, $6::text[], $7::text[], $8, $9::boolean, $10::boolean,
     $11::timestamptz
   )
   on conflict (tenant_id) do update
   set connection_id = excluded.connection_id,
       issuer = excluded.issuer,
       client_id = excluded.client_id,
       sealed_client_secret = excluded.sealed_client_secret,
       redirect_uris = excluded.redirect_uris,
       email_domains = excluded.email_domains,
       default_role_key = excluded.default_role_key,
       creates_people = excluded.creates_people,
       is_enforced = excluded.is_enforced,
       updated_at = excluded.updated_at`,
)

/** Stores the tenant's one connection. Locks its row. */
export async function putConnection(
  tx: Tx,
  tenantId: string,
  connection: SsoConnection,
): Promise<void> {
  await tx.execute(putConnectionStatement, [
    tenantId,
    connection.connectionId,
    connection.issuer,
    connection.clientId,
    connection.sealedClientSecret,
    connection.redirectUris,
    connection.emailDomains,
    connection.defaultRoleKey,
    connection.createsPeople,
    connection.isEnforced,
    connection.updatedAt,
  ])
}

const deleteConnectionStatement = statement(
  'user.delete_sso_connection',
  `delete from sso_connection
   where tenant_id = $1`,
)

/** Removes the connection; false when there was none. */
export async function deleteConnection(tx: Tx, tenantId: string): Promise<boolean> {
  return (await tx.execute(deleteConnectionStatement, [tenantId])) === 1
}

const isEnforcedStatement = statement(
  'user.is_sso_enforced',
  `select is_enforced
   from sso_connection
   where tenant_id = $1`,
)

/** Whether the tenant's staff may sign in by its provider alone. Takes no lock. */
export async function isSsoEnforced(tx: Tx, tenantId: string): Promise<boolean> {
  const [row] = await tx.query<{ is_enforced: boolean }>(isEnforcedStatement, [tenantId])
  return row?.is_enforced ?? false
}

function fromRowConnection(row: ConnectionRow): SsoConnection {
  return {
    connectionId: row.connection_id,
    issuer: row.issuer,
    clientId: row.client_id,
    sealedClientSecret: row.sealed_client_secret,
    redirectUris: row.redirect_uris,
    emailDomains: row.email_domains,
    defaultRoleKey: row.default_role_key,
    createsPeople: row.creates_people,
    isEnforced: row.is_enforced,
    updatedAt: row.updated_at,
  }
}
