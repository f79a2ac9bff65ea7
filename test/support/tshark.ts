/** What tshark, a decoder that is not ours, makes of a capture. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** One row for each frame; a field that occurs several times in a frame has its values joined by commas. */
export async function tsharkFields<Name extends string>(
  file: Uint8Array,
  fields: readonly Name[],
): Promise<Record<Name, string>[]> {
  const select = fields.flatMap((field) => ['-e', field])
  const text = await readWith(file, ['-n', '-T', 'fields', '-E', 'separator=/t', ...select])
  const rows = text === '' ? [] : text.trimEnd().split('\n')
  return rows.map((row) => {
    const values = row.split('\t')
    return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? ''])) as Record<
      Name,
      string
    >
  })
}

/**
 * Wireshark 4.0 does not know the content of the EVB TLV (reference.md 9.4): it takes the rest of an LLDPDU for a
 * trailer and remarks on its padding. That one remark, on LLDP frames, is not about the frame.
 */
const KNOWN_REMARK = /^Didn't find padding of zeros, and an undecoded trailer exists/

/** Remarks on frames sent by `mac`: malformed, or of any expert severity, the known one aside. */
export async function tsharkRemarks(file: Uint8Array, mac: string): Promise<string[]> {
  const fields = ['eth.src', 'eth.type', 'frame.number', '_ws.malformed', '_ws.expert.message'] as const
  const rows = await tsharkFields(file, fields)
  return rows.flatMap((row) => {
    if (row['eth.src'] !== mac) return []
    const lldp = row['eth.type'] === '0x88cc'
    const remark = row['_ws.expert.message']
    if (row['_ws.malformed'] === '' && (remark === '' || (lldp && KNOWN_REMARK.test(remark)))) return []
    return [`frame ${row['frame.number']}: ${row['_ws.malformed']} ${remark}`]
  })
}

/** tshark reads no capture from a pipe. */
async function readWith(file: Uint8Array, arguments_: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'qbg-tshark-'))
  try {
    const path = join(folder, 'capture.pcap')
    writeFileSync(path, file)
    const { stdout } = await promisify(execFile)('tshark', ['-r', path, ...arguments_], {
      maxBuffer: 2 ** 28,
    })
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}
