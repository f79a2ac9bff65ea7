/** What the user gave cannot be used: a file, an option, a side that is not there. Exit status 2. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError'
  readonly hint: string | undefined

  constructor(message: string, { hint, cause }: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.hint = hint
  }
}
