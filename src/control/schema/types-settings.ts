/** Where a bridge has its VSI types from. */
import * as z from 'zod'
import { managerIdText } from './vsi-type.ts'

export const managerSettings = z.strictObject({
  /** The manager ID it answers to, as stations write it; 0 is the default manager. */
  id: managerIdText,
  /** Its address; the paths of the types are added to it. */
  url: z.url({ protocol: /^https?$/, error: 'has to be an http:// or https:// address' }),
  /** Seconds it has for an answer. */
  timeout: z.number().min(0.01).max(3600).optional(),
  /** Seconds an answer counts, and after which types in use are asked for again. */
  refresh: z.number().min(0.01).max(86_400).optional(),
  /** Types remembered; those in use always are. */
  cache: z.int().min(0).max(1_000_000).optional(),
})
export type ManagerSettings = z.infer<typeof managerSettings>

export const typesSettings = z
  .strictObject({
    file: z.string().min(1).optional(),
    managers: z.array(managerSettings).min(1).optional(),
    /** The manager, one of those above, that stations mean by manager ID 0. */
    defaultManager: managerIdText.optional(),
  })
  .superRefine(({ managers = [], defaultManager }, context) => {
    for (const [index, { id }] of managers.entries()) {
      if (managers.findIndex((other) => other.id === id) === index) continue
      context.addIssue({ code: 'custom', message: 'is there twice', path: ['managers', index, 'id'] })
    }
    if (defaultManager === undefined || managers.some(({ id }) => id === defaultManager)) return
    context.addIssue({ code: 'custom', message: 'is none of the managers', path: ['defaultManager'] })
  })
export type TypesSettings = z.infer<typeof typesSettings>
