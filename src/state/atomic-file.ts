/**
 * Replaces a file so that at every moment, whatever ends the process or the machine, either the old text or the new
 * one is there, whole: written beside it, on the disk before it gets the name, and the name on the disk as well.
 */
import { access, appendFile, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface DiskFile {
  write(text: string): Promise<void>
  /** Resolves when what was written survives a loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** What replacing a file takes; a test may crash it between any two steps. */
export interface Disk {
  /** Makes the file, or empties the one that is there. */
  create(path: string): Promise<DiskFile>
  rename(from: string, to: string): Promise<void>
  syncDirectory(path: string): Promise<void>
  /** Gives the text to the kernel, at the end of a file that is made when it is not there. */
  append(path: string, text: string): Promise<void>
  exists(path: string): Promise<boolean>
  /** Nothing happens when it is not there. */
  remove(path: string): Promise<void>
}

/** The one writer of `path` is the caller: what an earlier, interrupted call left behind is overwritten. */
export async function replaceFile(disk: Disk, path: string, pieces: Iterable<string>): Promise<void> {
  const beside = `${path}.new`
  const file = await disk.create(beside)
  try {
    for (const piece of pieces) await file.write(piece)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(beside, path)
  await disk.syncDirectory(dirname(path))
}

/** The real one. Files are for their owner's eyes. */
export const systemDisk: Disk = diskOfMode(0o600)

/** The real one, with files of that mode. */
export function diskOfMode(mode: number): Disk {
  return {
    async create(path) {
      const file = await open(path, 'w', mode)
      await file.chmod(mode)
      return {
        write: async (text) => void (await file.writeFile(text)),
        sync: () => file.sync(),
        close: () => file.close(),
      }
    },
    rename,
    append: (path, text) => appendFile(path, text, { mode }),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    remove: (path) => rm(path, { force: true }),
    async syncDirectory(path) {
      const directory = await open(path, 'r')
      try {
        await directory.sync()
      } finally {
        await directory.close()
      }
    },
  }
}
