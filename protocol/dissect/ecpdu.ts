/** The fields of an ECPDU. Source: 802.1Q-2018 §43.2. Faults are those of `decodeEcpHeader`. */
import { ECP_HEADER_LENGTH, ECP_OPS, ECP_SUBTYPES, ECP_VERSION } from '../ecp/ecpdu.ts'
import type { FaultCode } from '../wire/decoded.ts'
import type { Dissection } from './dissection.ts'
import { DATA, PADDING } from './tlv-header.ts'
import { dissectUlpdu } from './ulpdu.ts'
import * as F from './vdp-fields.ts'

const CLAUSE = '802.1Q-2018 §43.2'

/** Dissects the octets from `start` to the end of the frame. */
export function dissectEcpdu(d: Dissection, start: number): void {
  const ecp = d.open(F.ECP, start)
  const body = start + ECP_HEADER_LENGTH
  if (d.end < body) {
    d.addRest(DATA, start, d.end)
    d.close(ecp, d.end)
    d.runOut('frame-too-short', d.end, CLAUSE)
    return
  }
  const word = d.uint16(start)
  d.add(F.ECP_VERSION, start, start + 2)
  d.add(F.ECP_OP, start, start + 2)
  d.add(F.ECP_SUBTYPE, start, start + 2)
  d.add(F.ECP_SEQUENCE, start + 2, body)
  d.close(ecp, body)
  const code = headerFault(word)
  const acknowledgement = ((word >>> 10) & 3) === ECP_OPS.acknowledge
  if (code !== undefined) {
    d.fault(code, start, CLAUSE)
    d.addRest(DATA, body, d.end)
  } else if (acknowledgement) d.addRest(PADDING, body, d.end)
  else if ((word & 0x3ff) === ECP_SUBTYPES.vdp) dissectUlpdu(d, body)
  else d.addRest(DATA, body, d.end)
}

function headerFault(word: number): FaultCode | undefined {
  const subtype = word & 0x3ff
  if (word >>> 12 !== ECP_VERSION) return 'ecp-version'
  if (((word >>> 10) & 3) > ECP_OPS.acknowledge) return 'ecp-operation'
  return subtype !== ECP_SUBTYPES.vdp && subtype !== ECP_SUBTYPES.pecsp ? 'ecp-subtype' : undefined
}
