/**
 * What happens when standard output cannot be written. For a command that is its end: without a word when its reader
 * went away (`qbg vsi list | head -1`), otherwise said on standard error. A daemon lives on.
 */

type OnFailure = (error: NodeJS.ErrnoException) => void

let onFailure: OnFailure = () => {}

/** Once, at the start of the process. Errors of standard error have nobody left to tell them to. */
export function watchStandardOutput(respond: OnFailure): void {
  onFailure = respond
  process.stdout.on('error', (error) => onFailure(error))
  process.stderr.on('error', () => {})
}

/** From now on it is no reason to end. */
export function outliveStandardOutput(respond: OnFailure): void {
  onFailure = respond
}

/** `readerGone`: the status to end with when nobody reads any more. */
export function endWithoutOutput(readerGone: number): OnFailure {
  return ({ code, message }) => {
    if (code !== 'EPIPE') process.stderr.write(`qbg: standard output cannot be written: ${message}\n`)
    process.exit(code === 'EPIPE' ? readerGone : 1)
  }
}
