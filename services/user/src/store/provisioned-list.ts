import { type Statement, statement, type Tx } from '@purser/postgres'
import type { DocumentQuery } from '../domain/document-query.ts'

/** Ids of one page, in its order, and how many there are on all pages. */
export type FoundIds = { ids: readonly string[]; total: number }

// Documents that filters are matched against: members and texts in lower case, but those of ids.
const scimTime = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`
const time = (column: string) => `to_char(${column} at time zone 'UTC', ${scimTime})`

const findUsersStatement = statement(
  'user.find_provisioned_user_ids',
  foundText(
    'user_id',
    `select u.user_id, jsonb_strip_nulls(
       jsonb_build_object('emails', jsonb_build_array(
         jsonb_build_object('value', u.email, 'type', 'work', 'primary', true)
       ))
       || lower(p.attributes::text)::jsonb
       || jsonb_build_object(
         'schemas', jsonb_build_array('urn:ietf:params:scim:schemas:core:2.0:user'),
         'id', u.user_id,
         'externalid', nullif(p.external_id, ''),
         'username', u.email,
         'displayname', lower(u.full_name),
         'active', u.status <> 'disabled',
         'groups', case when $10::boolean then (
           select jsonb_agg(jsonb_build_object(
             'value', g.group_id, 'display', lower(g.display_name), 'type', 'direct'
           ))
           from provisioned_group_member as m
           join provisioned_group as g on g.tenant_id = m.tenant_id and g.group_id = m.group_id
           where m.tenant_id = $1
             and m.user_id = u.user_id
         ) end,
         'meta', jsonb_build_object(
           'resourcetype', 'User',
           'created', ${time('u.created_at')},
           'lastmodified', ${time('p.updated_at')}
         )
       )
     ) as document
     from provisioned_user as p
     join tenant_user as u on u.tenant_id = p.tenant_id and u.user_id = p.user_id
     where p.tenant_id = $1
       and p.removed_at is null
       and ($8::text is null or u.email = $8::text)
       and ($9::text is null or p.external_id = $9::text)`,
  ),
)

const findGroupsStatement = statement(
  'user.find_provisioned_group_ids',
  foundText(
    'group_id',
    `select g.group_id, jsonb_strip_nulls(jsonb_build_object(
       'schemas', jsonb_build_array('urn:ietf:params:scim:schemas:core:2.0:group'),
       'id', g.group_id,
       'externalid', nullif(g.external_id, ''),
       'displayname', lower(g.display_name),
       'members', case when $10::boolean then (
         select jsonb_agg(jsonb_build_object(
           'value', lower(m.user_id), 'display', lower(u.full_name), 'type', 'user'
         ))
         from provisioned_group_member as m
         join tenant_user as u on u.tenant_id = m.tenant_id and u.user_id = m.user_id
         where m.tenant_id = $1
           and m.group_id = g.group_id
       ) end,
       'meta', jsonb_build_object(
         'resourcetype', 'Group',
         'created', ${time('g.created_at')},
         'lastmodified', ${time('g.updated_at')}
       )
     )) as document
     from provisioned_group as g
     where g.tenant_id = $1
       and ($8::text is null or lower(g.display_name) = $8::text)
       and ($9::text is null or g.external_id = $9::text)`,
  ),
)

/** Ids of the people on a page of a list. Takes no lock. */
export async function findProvisionedUserIds(
  tx: Tx,
  tenantId: string,
  query: DocumentQuery,
): Promise<FoundIds> {
  return await findIds(tx, tenantId, findUsersStatement, { query, costly: 'groups' })
}

/** Ids of the groups on a page of a list. Takes no lock. */
export async function findProvisionedGroupIds(
  tx: Tx,
  tenantId: string,
  query: DocumentQuery,
): Promise<FoundIds> {
  return await findIds(tx, tenantId, findGroupsStatement, { query, costly: 'members' })
}

/**
 * The page of ids whose document fulfils the predicate $2, if there is one, with the values $3. Sorted
 * by the text at $4, if it is told, descending if $5, then by id; from $6 on, $7 of them. $8 and $9 are
 * equalities that the filter asks for anyway, by which an index is used. $10 tells whether the member
 * that costs a query of its own is looked at. What is not looked at is not made.
 */
function foundText(id: string, documents: string): string {
  return `with document as (
     ${documents}
   ), matching as (
     select ${id} as id, case when $4::text[] is not null then document #>> $4::text[] end as sort_key
     from document
     where $2::jsonpath is null
       or coalesce(jsonb_path_match(document, $2::jsonpath, $3::jsonb, true), false)
   ), page as (
     select id
     from matching
     order by
       case when $5::boolean then sort_key end desc nulls last,
       case when not $5::boolean then sort_key end nulls last,
       id
     offset $6::bigint
     limit $7::bigint
   )
   select
     (select count(*)::integer from matching) as total,
     coalesce((select array_agg(id) from page), '{}') as ids`
}

/** `costly` is what costs a query of its own. */
type Find = { query: DocumentQuery; costly: string }

async function findIds(
  tx: Tx,
  tenantId: string,
  { name: statementName, text }: Statement,
  { query, costly }: Find,
): Promise<FoundIds> {
  const { predicate, values, startIndex, count, sortPath, isDescending, name, externalId } = query
  const looksAtIt = predicate?.includes(`"${costly}"`) || sortPath?.[0] === costly
  const [row] = await tx.query<{ total: number; ids: string[] }>({ name: statementName, text }, [
    tenantId,
    predicate,
    JSON.stringify(values),
    sortPath,
    isDescending,
    startIndex - 1,
    count,
    name,
    externalId,
    looksAtIt,
  ])
  return { ids: row?.ids ?? [], total: row?.total ?? 0 }
}
