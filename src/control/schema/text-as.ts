/** Joins a reader of texts (`Parsed`) to a schema: the reader's sentence becomes the schema's message. */
import * as z from 'zod'
import type { Parsed } from '../parsed.ts'

export function textAs<I, T>(read: (text: I) => Parsed<T>) {
  return (text: I, context: z.RefinementCtx<I>): T => {
    const result = read(text)
    if (result.ok) return result.value
    context.addIssue({ code: 'custom', message: result.message })
    return z.NEVER
  }
}
