/** Texts that people write on command lines and in requests: a value or a sentence, and what is a value can be written again. */
import { parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { formatVsiId, parseVsiId } from '../../protocol/vdp/vsi-id.ts'
import { parseIpv4, parseIpv6 } from '../../protocol/wire/ip-address.ts'
import { parseMacAddress } from '../../protocol/wire/mac-address.ts'
import { formatFilter, parseFilter } from '../../src/control/filter-text.ts'
import { parseMetricsAddress } from '../../src/control/metrics-address.ts'
import { parseMilliseconds } from '../../src/control/milliseconds.ts'
import { matchesPattern } from '../../src/control/name-pattern.ts'
import { formatVsiType, parseOrganizational, parseVsiType } from '../../src/control/vsi-text.ts'
import {
  parseGroupId,
  parseMacPrefix,
  parseMoment,
  parseRate,
  parseSize,
  parseVidRange,
} from '../../src/control/vsi-type-text.ts'
import { FilterError, parseFilter as parseDisplayFilter } from '../../src/decode/display-filter.ts'
import { parseEtherIpName } from '../../src/io/etherip-name.ts'
import { claim, claimSame } from './target.ts'

const EXAMPLES = [
  '52:54:00:11:22:33/200',
  'group:7/52:54:00:11:22:33/any@3',
  '200',
  '6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f0001',
  'mac:52:54:00:11:22:34',
  'ipv6:2001:db8::1',
  '5:1',
  '0001c8:00112233',
  '100mbit',
  '64kb',
  '2026-01-01T08:00:00+01:00',
  'etherip:192.0.2.1',
  'swp[0-9]*',
  '10-20,30-',
]
const ALONE = [
  parseManagerId,
  parseIpv4,
  parseIpv6,
  parseMacAddress,
  parseMetricsAddress,
  parseMilliseconds,
  parseOrganizational,
  parseGroupId,
  parseMacPrefix,
  parseMoment,
  parseRate,
  parseSize,
  parseVidRange,
  parseEtherIpName,
]

export const seeds = () => EXAMPLES.map((text) => new TextEncoder().encode(text))

export function fuzz(data: Uint8Array): void {
  const text = Buffer.from(data).toString('utf8')
  for (const parse of ALONE) parse(text)
  vsiFilter(text.split(' '))
  vsiId(text)
  const type = parseVsiType(text)
  if (type.ok) claimSame(parseVsiType(formatVsiType(type.value)), type, 'VSI type as text and back')
  displayFilter(text)
  if (text.length <= 64) pattern(text)
}

function vsiFilter(texts: readonly string[]): void {
  const filter = parseFilter(texts)
  if (filter.ok) claimSame(parseFilter(formatFilter(filter.value)), filter, 'filter as text and back')
}

function vsiId(text: string): void {
  const id = parseVsiId(text)
  if (id === undefined) return
  const again = parseVsiId(formatVsiId(id))
  claim(again !== undefined, () => `${formatVsiId(id)} is no VSI ID`)
  claimSame(again, id, 'VSI ID as text and back')
}

function displayFilter(text: string): void {
  const [frames, ...rest] = text.split('\n')
  try {
    parseDisplayFilter(frames === undefined || rest.length > 0 ? { vsi: rest } : { frames })
    parseDisplayFilter({ port: rest })
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
  }
}

/** A pattern of a person must not keep the process busy. */
function pattern(text: string): void {
  const start = performance.now()
  matchesPattern(text, 'enp3s0f0np0enp3s0f0np0x')
  claim(performance.now() - start < 2000, () => `the pattern ${text} takes too long`)
}
