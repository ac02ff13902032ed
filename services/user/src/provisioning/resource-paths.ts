/** Path of a tenant's SCIM endpoint; locations and references are relative to the server. */
export function scimBasePath(tenantId: string): string {
  return `/scim/v2/tenants/${tenantId}`
}

export function userPath(tenantId: string, userId: string): string {
  return `${scimBasePath(tenantId)}/Users/${encodeURIComponent(userId)}`
}

export function groupPath(tenantId: string, groupId: string): string {
  return `${scimBasePath(tenantId)}/Groups/${encodeURIComponent(groupId)}`
}
