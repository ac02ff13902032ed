import { statement, type Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'

const isVouchedForStatement = statement(
  'user.is_address_vouched_for',
  `select exists (
     select
     from verified_email as v
     join tenant_user as u on u.tenant_id = v.tenant_id and u.user_id = v.user_id
     where v.tenant_id = $1
       and v.user_id = $2
       and v.email = u.email
     union all
     select
     from provisioned_user
     where tenant_id = $1
       and user_id = $2
       and removed_at is null
   ) as vouched`,
)

/**
 * Whether the person's present address was proved by a mail or a sign-in, or is told by the tenant's
 * own identity provider. Takes no lock: expects the person's row locked where it matters.
 */
export async function isAddressVouchedFor(tx: Tx, { tenant, userId }: Person): Promise<boolean> {
  const [row] = await tx.query<{ vouched: boolean }>(isVouchedForStatement, [tenant, userId])
  return row?.vouched ?? false
}

const vacateRegistrationStatement = statement(
  'user.vacate_registration',
  `update tenant_user
   set status = 'invited',
       password_hash = null,
       was_taken_over = true
   where tenant_id = $1
     and user_id = $2`,
)

/** Makes somebody who registered a person without a password, invited. Expects the row locked. */
export async function vacateRegistration(tx: Tx, { tenant, userId }: Person): Promise<void> {
  await tx.execute(vacateRegistrationStatement, [tenant, userId])
}

const wasTakenOverStatement = statement(
  'user.was_registration_taken_over',
  `select was_taken_over
   from tenant_user
   where tenant_id = $1
     and user_id = $2`,
)

/** Whether the person's registration was somebody else's before; see `vacateRegistration`. No lock. */
export async function wasTakenOver(tx: Tx, { tenant, userId }: Person): Promise<boolean> {
  const values = [tenant, userId]
  const [row] = await tx.query<{ was_taken_over: boolean }>(wasTakenOverStatement, values)
  return row?.was_taken_over ?? false
}
