/**
 * Changes a file of VSI types as a whole: who reads it sees the old text or the new one. One at a time: the lock is
 * flock(2) on the directory, which leaves nothing behind. A link is followed, the file keeps its mode.
 */
import { closeSync, openSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ControlError } from '../control/control-error.ts'
import { ERRNO } from '../io/errno.ts'
import { flock, lastErrno } from '../io/libc.ts'
import { explainUnread, readWhole } from '../runtime/whole-file.ts'
import { diskOfMode, replaceFile } from '../state/atomic-file.ts'
import { TypeDocument } from './type-document.ts'

/** Milliseconds. */
const PATIENCE = 5000
const BETWEEN_TRIES = 20
const NEW_FILE_MODE = 0o644

/** Calls `edit` with the file's document, an empty one when there is no file, and puts what became of it in its place. */
export async function editTypes(path: string, edit: (document: TypeDocument) => void): Promise<void> {
  try {
    const real = await realpath(path).catch(() => path)
    const unlock = await lockDirectory(dirname(real))
    try {
      const document = await readDocument(real)
      edit(document)
      const mode = await stat(real).then(
        ({ mode }) => mode & 0o777,
        () => NEW_FILE_MODE,
      )
      await replaceFile(diskOfMode(mode), real, [document.text()])
    } finally {
      unlock()
    }
  } catch (cause) {
    if (cause instanceof ControlError) throw cause
    const { reason, hint } = explainUnread(cause)
    throw new ControlError('file-refused', `${path}: ${reason}`, { hint, cause })
  }
}

async function readDocument(path: string): Promise<TypeDocument> {
  try {
    return new TypeDocument(await readWhole(path), path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return TypeDocument.empty(path)
    throw error
  }
}

const LOCK_EX = 2
const LOCK_NB = 4

async function lockDirectory(path: string): Promise<() => void> {
  const fd = openSync(path, 'r')
  const end = Date.now() + PATIENCE
  while (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    const taken = lastErrno() === ERRNO.EAGAIN
    if (!taken) break // A file system without locks: one at a time is up to the people then.
    if (Date.now() > end) {
      closeSync(fd)
      throw new ControlError(
        'file-refused',
        `another command has been changing ${path} for ${PATIENCE / 1000} s`,
      )
    }
    await wait(BETWEEN_TRIES)
  }
  return () => closeSync(fd)
}
