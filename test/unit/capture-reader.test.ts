/** Captures from files, compressed or not, as streams. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { CaptureReader } from '../../src/pcap/capture-reader.ts'
import { CaptureError } from '../../src/pcap/captured-packet.ts'
import { classic } from '../support/capture-octets.ts'

const folder = mkdtempSync(join(tmpdir(), 'qbg-captures-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Larger than one piece, and not compressible to nothing. */
const COUNT = 9000
const capture = classic(
  Array.from({ length: COUNT }, (_, index) => ({
    seconds: index,
    fraction: 0,
    octets: Uint8Array.from({ length: 60 }, (_, at) => (index * 31 + at * at) & 0xff),
  })),
)

function written(name: string, octets: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, octets)
  return path
}

async function read(path: string) {
  let packets = 0
  let last = -1
  const reader = new CaptureReader(path)
  try {
    for await (const batch of reader.packets()) {
      packets += batch.length
      last = batch.at(-1)!.time!.seconds
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    const { code, offset, message } = error
    return { packets, last, code, offset, message }
  }
  return { packets, last, position: reader.position, size: reader.size }
}

describe('a capture', () => {
  it('is read from a file', async () => {
    const size = capture.length
    expect(await read(written('plain', capture))).toEqual({
      packets: COUNT,
      last: COUNT - 1,
      position: size,
      size,
    })
  })

  it('is read from a compressed file, of one or several members', async () => {
    const path = written('one.gz', gzipSync(capture))
    expect(await read(path)).toMatchObject({ packets: COUNT, last: COUNT - 1 })
    const half = written('two.gz', gzipSync(capture.subarray(0, 1000)))
    appendFileSync(half, gzipSync(capture.subarray(1000)))
    expect(await read(half)).toMatchObject({ packets: COUNT, last: COUNT - 1 })
  })

  it('that is cut gives what is there, compressed or not', async () => {
    const cut = await read(written('cut', capture.subarray(0, 500_000)))
    expect(cut).toMatchObject({
      packets: 6578,
      code: 'truncated',
      offset: 500_000,
      message: expect.stringContaining('packet 6579'),
    })
    const compressed = gzipSync(capture)
    const squeezed = await read(written('cut.gz', compressed.subarray(0, compressed.length - 100)))
    expect(squeezed).toMatchObject({ code: 'bad-gzip', message: expect.stringContaining('unexpected end') })
    expect(squeezed.packets).toBeGreaterThan(COUNT / 2)
  })

  it('that is not there, a folder, empty or tiny is refused in words', async () => {
    expect(() => new CaptureReader(join(folder, 'absent'))).toThrow('there is no such file')
    expect(await read(folder)).toMatchObject({ code: 'unreadable', message: 'it is a directory' })
    expect(await read(written('empty', Buffer.alloc(0)))).toMatchObject({ code: 'not-a-capture' })
    expect(await read(written('tiny', Buffer.from([0x1f])))).toMatchObject({ code: 'not-a-capture' })
    expect(await read(written('bad.gz', Buffer.from('1f8b0800ffff', 'hex')))).toMatchObject({
      code: 'bad-gzip',
    })
  })

  it('may be left early', async () => {
    for await (const batch of new CaptureReader(written('early', capture)).packets()) {
      expect(batch.length).toBeGreaterThan(0)
      break
    }
  })
})
