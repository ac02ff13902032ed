import { Schemas, Types } from 'scimmy'

// SCIMMY keeps registries of resources, schemas and settings for the whole process. None of them is
// used here: its classes for schemas, values and PATCH have no state, and what they are given comes
// from the request at hand. So services of one process, and tenants, cannot meet in it.

type Definition = InstanceType<typeof Types.SchemaDefinition>
type Attribute = InstanceType<typeof Types.Attribute>

/** Attributes of RFC 7643, section 4.1, that are kept; others are accepted and forgotten. */
const keptOfUser: ReadonlySet<string> = new Set([
  'userName',
  'name',
  'displayName',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
  'active',
  'emails',
  'phoneNumbers',
  'groups',
])

const userDefinition = definitionOf(Schemas.User.definition, (name) => keptOfUser.has(name))
const groupDefinition = definitionOf(
  Schemas.Group.definition,
  (name) => name === 'displayName' || name === 'members',
)

class UserSchema extends Types.Schema {
  static override get definition(): Definition {
    return userDefinition
  }
  constructor(resource: object, direction?: 'in' | 'out' | 'both') {
    super(resource, direction)
    Object.assign(this, userDefinition.coerce(resource, direction))
  }
}

class GroupSchema extends Types.Schema {
  static override get definition(): Definition {
    return groupDefinition
  }
  constructor(resource: object, direction?: 'in' | 'out' | 'both') {
    super(resource, direction)
    Object.assign(this, groupDefinition.coerce(resource, direction))
  }
}

/** A kind of SCIM resource as this service keeps it. */
export type ScimSchema = {
  urn: string
  name: 'User' | 'Group'
  /** SCIMMY's class for its values. */
  type: typeof UserSchema | typeof GroupSchema
  definition: Definition
  /** Whether RFC 7643 knows an attribute that is not kept here. */
  isForgotten(name: string): boolean
}

export const userSchema = schemaOf('User', UserSchema, Schemas.User.definition)
export const groupSchema = schemaOf('Group', GroupSchema, Schemas.Group.definition)

/** An attribute, and the name under which its resource shows it. */
export type { Attribute }

/** The attribute with this name in any case, if there is one. */
export function findAttribute(attributes: readonly unknown[], name: string): Attribute | undefined {
  const wanted = name.toLowerCase()
  return attributes
    .filter((attribute) => attribute instanceof Types.Attribute)
    .find((attribute) => attribute.name.toLowerCase() === wanted)
}

function schemaOf(
  name: ScimSchema['name'],
  type: ScimSchema['type'],
  whole: Definition,
): ScimSchema {
  return {
    urn: whole.id,
    name,
    type,
    definition: type.definition,
    isForgotten: (attribute) => findAttribute(whole.attributes, attribute) !== undefined,
  }
}

/** The attributes of a definition that are kept, and those that every resource has. */
function definitionOf(whole: Definition, isKept: (name: string) => boolean): Definition {
  const kept = whole.attributes.filter(
    (attribute) => attribute instanceof Types.Attribute && isKept(attribute.name),
  )
  const { name, id, description } = whole
  return new Types.SchemaDefinition(name, id, description, kept as Attribute[])
}
