/** The result of reading a text a person wrote: a value, or a sentence that says what is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string }

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value }
}

export function unparsable(message: string): { ok: false; message: string } {
  return { ok: false, message }
}
