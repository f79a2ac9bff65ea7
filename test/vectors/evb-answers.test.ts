/**
 * What a station or bridge sends after a given EVB TLV, octets 6 to 10, against what lldpad sends (reference.md 2.7,
 * 8.3 probes r5, LIVE or from lldpad's own test data). Where ours differs on purpose both are given:
 * ROL on equality, R and RTE always our own (2.3), and a partner's mode that is not the opposite one.
 */
import { describe, expect, it } from 'vitest'
import type { Role } from '../../protocol/engine/view.ts'
import { type EvbChanges, evbFrame, lastEvbSent, lldpConfig, neighborFrame } from '../support/lldp.ts'
import { BRIDGE_MAC, STATION_MAC, TestPort } from '../support/test-port.ts'
import { VirtualTime } from '../support/virtual-time.ts'

interface Row {
  readonly received?: string
  readonly lldpad: string
  /** When it is not what lldpad sends. */
  readonly ours?: string
  readonly why?: string
}

interface Case {
  readonly what: string
  readonly role: Role
  readonly config: EvbChanges
  readonly rows: readonly Row[]
}

const OWN_R = 'R and RTE are our own'
const TIE = 'ROL 0 on equality'

const CASES: readonly Case[] = [
  {
    what: 'station, R 3 RTE 14 RWD 20 RKA 20',
    role: 'station',
    config: {},
    rows: [
      { lldpad: '00 07 6e 94 14' },
      { received: '02 00 6e 54 14', lldpad: '02 04 6e b4 34', ours: '02 04 6e 94 14', why: TIE },
      { received: '03 04 6e 74 34', lldpad: '03 05 6e b4 34', ours: '03 05 6e 94 14', why: TIE },
    ],
  },
  {
    what: 'bridge, R 3 RTE 14 RWD 20 RKA 20',
    role: 'bridge',
    config: {},
    rows: [
      { lldpad: '02 00 6e 54 14' },
      { received: '02 04 6e b4 34', lldpad: '03 04 6e 74 34', ours: '03 04 6e 54 14', why: TIE },
      { received: '03 05 6e b4 34', lldpad: '03 05 6e 74 34', ours: '03 05 6e 54 14', why: TIE },
    ],
  },
  {
    what: 'station, R 3 RTE 8 RWD 8 RKA 8',
    role: 'station',
    config: { local: { r: 3, rte: 8, rwd: 8, rka: 8 } },
    rows: [{ received: '02 00 00 40 00', lldpad: '02 04 68 88 08' }],
  },
  {
    what: 'station, R 2 RTE 10 RWD 12 RKA 12, group IDs',
    role: 'station',
    config: { groupId: true, local: { r: 2, rte: 10, rwd: 12, rka: 12 } },
    rows: [
      { received: '06 00 6c 4e 0e', lldpad: '06 0c 6c ae 2e', ours: '06 0c 4a ae 2e', why: OWN_R },
      { received: '07 0d 25 45 05', lldpad: '07 0d 4a 8c 0c' },
      { received: '06 0d 25 45 05', lldpad: '06 0c 4a 8c 0c' },
      { received: '02 0d 25 45 05', lldpad: '02 0c 4a 8c 0c' },
      { received: 'gone', lldpad: '00 0f 4a 8c 0c' },
      { received: 'ff ff ff ff ff', lldpad: 'ff 0d ff bf 3f', ours: '00 0f 4a 8c 0c', why: 'mode 3' },
    ],
  },
]

describe('answers to EVB TLVs', () => {
  it.each(CASES)('$what', ({ role, config, rows }) => {
    const time = new VirtualTime()
    const port = new TestPort({ role, time, config: lldpConfig({}, config) })
    const from = role === 'station' ? BRIDGE_MAC : STATION_MAC
    port.linkUp()
    for (const { received, lldpad, ours = lldpad } of rows) {
      time.advance(10_000)
      if (received === 'gone') port.receive(neighborFrame({ from, ttl: 0 }))
      else if (received) port.receive(evbFrame(received, { from }))
      expect(lastEvbSent(port), `after ${received}`).toBe(ours)
    }
  })

  it('every difference from lldpad has its reason', () => {
    const different = CASES.flatMap(({ rows }) => rows).filter(({ ours }) => ours !== undefined)
    expect(different.every(({ lldpad, ours, why }) => why && ours !== lldpad)).toBe(true)
  })
})
