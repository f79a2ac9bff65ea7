/** Files that a person names and qbg reads whole: none of them may take the machine's memory. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfigFile } from '../../src/daemon/config-file.ts'
import { replayFile } from '../../src/replay/replay.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { explainUnread, MAX_WHOLE_FILE, readWhole, readWholeSync } from '../../src/runtime/whole-file.ts'
import { editTypes } from '../../src/vsi-types/edit-types.ts'
import { readText, TypeFile } from '../../src/vsi-types/type-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'qbg-whole-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A sparse file: it takes no room on the disk. */
function fileOf(length: number): string {
  const path = join(folder, `${length}`)
  writeFileSync(path, '')
  truncateSync(path, length)
  return path
}

const CAPTURE = join(import.meta.dirname, '../../pcaps/live-ratified-station-bridge.pcap')
const LONG = '/dev/zero'

describe('a file that is read whole', () => {
  test('is its text, in UTF-8 also where pieces meet within a character', async () => {
    const path = join(folder, 'text')
    const text = `x${'ä'.repeat(200_000)}`
    writeFileSync(path, text)
    expect(readWholeSync(path)).toBe(text)
    expect(await readWhole(path)).toBe(text)
  })

  test('may have 64 MiB, and no octet more', async () => {
    expect(readWholeSync(fileOf(MAX_WHOLE_FILE))).toHaveLength(MAX_WHOLE_FILE)
    expect(() => readWholeSync(fileOf(MAX_WHOLE_FILE + 1))).toThrow(/more than 64 MiB/)
    await expect(readWhole(fileOf(MAX_WHOLE_FILE + 1))).rejects.toThrow(/more than 64 MiB/)
  })

  test.each([
    ['that is not there', join(folder, 'none'), 'there is no such file'],
    ['that is a directory', folder, 'this is a directory'],
    ['without an end', LONG, 'more than 64 MiB, which is the longest file that is read'],
  ])('%s is explained', async (_, path, reason) => {
    const unread = await readWhole(path).catch(explainUnread)
    expect(unread).toMatchObject({ reason })
    try {
      expect(readWholeSync(path)).toBeUndefined()
    } catch (error) {
      expect(explainUnread(error)).toEqual(unread)
    }
  })
})

describe('a file without an end is refused, with a hint,', () => {
  const refused = (code: string) => ({
    code,
    message: expect.stringMatching(/^\/dev\/zero: more than 64 MiB/),
    hint: expect.stringContaining('is this the file'),
  })

  test('as the configuration', () => {
    expect(() => readConfigFile(LONG)).toThrow(expect.objectContaining(refused('bad-config')))
  })

  test('as a file of VSI types, read or changed', async () => {
    await expect(readText(LONG)).rejects.toMatchObject(refused('bad-config'))
    await expect(TypeFile.open(LONG, silentLog)).rejects.toMatchObject(refused('bad-config'))
    await expect(editTypes(LONG, () => {})).rejects.toMatchObject(refused('file-refused'))
  })

  test('as an expectation', async () => {
    const { result, problem } = await replayFile(CAPTURE, { expect: LONG })
    expect(result).toBe('unusable')
    expect(problem).toMatchObject({
      message: expect.stringMatching(/^\/dev\/zero cannot be read: more than/),
      hint: expect.stringContaining('is this the file'),
    })
  })
})
