import { scimRefusal } from '../../provisioning/scim-refusal.ts'

const messages: Readonly<Record<string, string>> = {
  tenant_user_email_once: 'Somebody has this "userName" already.',
  provisioned_group_by_name: 'Another group has this "displayName".',
}

/** Runs `work`; a second row with one name is refused as SCIM's `uniqueness`. */
export async function refuseDoubles<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string }
    const message = code === '23505' ? messages[constraint ?? ''] : undefined
    throw message === undefined ? error : scimRefusal('uniqueness', message, error)
  }
}
