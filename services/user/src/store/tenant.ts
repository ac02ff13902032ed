import { statement, type Tx } from '@purser/postgres'
import type { Tenant } from '../domain/tenant.ts'
import { type AddressJson, fromRowAddress, toRowAddress } from './address.ts'

type TenantRow = {
  tenant_id: string
  legal_name: string
  time_zone: string
  address: AddressJson | null
  tax_number: string
  created_at: Temporal.Instant
}

const insertTenantStatement = statement(
  'user.insert_tenant',
  `insert into tenant (tenant_id, legal_name, time_zone, address, tax_number, created_at)
   values ($1, $2, $3, $4::jsonb, $5, $6::timestamptz)
   on conflict (tenant_id) do nothing`,
)

/** Inserts a tenant; answers false when its slug is taken. Waits for a rival insert of the slug. */
export async function insertTenant(tx: Tx, tenant: Tenant): Promise<boolean> {
  const inserted = await tx.execute(insertTenantStatement, [
    tenant.tenantId,
    tenant.legalName,
    tenant.timeZone,
    toRowAddress(tenant.address),
    tenant.taxNumber,
    tenant.createdAt,
  ])
  return inserted === 1
}

const findTenantStatement = statement(
  'user.find_tenant',
  `select tenant_id, legal_name, time_zone, address, tax_number, created_at
   from tenant
   where tenant_id = $1`,
)

/** The tenant with this slug, if there is one. Takes no lock. */
export async function findTenant(tx: Tx, tenantId: string): Promise<Tenant | undefined> {
  const [row] = await tx.query<TenantRow>(findTenantStatement, [tenantId])
  return row && fromRowTenant(row)
}

function fromRowTenant(row: TenantRow): Tenant {
  return {
    tenantId: row.tenant_id,
    legalName: row.legal_name,
    timeZone: row.time_zone,
    address: fromRowAddress(row.address),
    taxNumber: row.tax_number,
    createdAt: row.created_at,
  }
}

const listTenantIdsStatement = statement(
  'user.list_tenant_ids',
  `select tenant_id
   from tenant
   where tenant_id > $1
   order by tenant_id
   limit $2::bigint`,
)

/** Up to `limit` tenants after `afterId`, in order: for system transactions. Takes no lock. */
export async function listTenantIds(
  tx: Tx,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<string[]> {
  const rows = await tx.query<{ tenant_id: string }>(listTenantIdsStatement, [afterId, limit])
  return rows.map((row) => row.tenant_id)
}
