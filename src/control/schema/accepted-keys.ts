/** Which keys a schema takes at a place, so that an unknown one can be answered with those that were meant. */
import * as z from 'zod'

/** Keys of the object at `path`, or none when there is no object. Keys of a record lead to its values, those of a list to its entries. */
export function acceptedKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const object = unwrap(schema)
  if (object instanceof z.ZodRecord) {
    return path.length === 0 ? [] : acceptedKeys(object.valueType, path.slice(1))
  }
  if (object instanceof z.ZodArray) {
    return path.length === 0 ? [] : acceptedKeys(object.element, path.slice(1))
  }
  if (!(object instanceof z.ZodObject)) return []
  const [key, ...rest] = path
  if (key === undefined) return Object.keys(object.shape)
  const inner = object.shape[String(key)]
  return inner === undefined ? [] : acceptedKeys(inner, rest)
}

/** Of a union the member with keys. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.unwrap())
  if (schema instanceof z.ZodUnion) {
    return schema.options.map(unwrap).find((member) => member instanceof z.ZodObject) ?? schema
  }
  return schema
}
