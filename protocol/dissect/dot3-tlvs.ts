/** Organisationally specific TLVs of 802.3, OUI 00-12-0F. Source: 802.3-2018 §79.3. */
import { bits, group, uint, uintBits } from './field.ts'
import { fixed, type OrganizationalKind } from './organizational-kind.ts'

const DOT3_OUI = 0x00120f
const section = (number: number) => `802.3-2018 §79.3.${number}`

const TLVS: readonly (readonly [number, string, string, string, OrganizationalKind['dissect']])[] = [
  [
    1,
    'mac-phy',
    'MAC/PHY configuration and status',
    section(1),
    fixed(5, section(1), [
      [
        bits('dot3.mac-phy.autonegotiation', 'auto-negotiation', section(1), {
          1: 'supported',
          2: 'enabled',
        }),
        0,
        1,
      ],
      [uint('dot3.mac-phy.pmd', 'advertised PMD capabilities', section(1)), 1, 2],
      [uint('dot3.mac-phy.mau-type', 'operational MAU type', section(1)), 3, 2],
    ]),
  ],
  [
    2,
    'power',
    'Power via MDI',
    section(2),
    fixed(3, section(2), [
      [
        bits('dot3.power.support', 'support', section(2), {
          1: 'PSE',
          2: 'supported',
          4: 'enabled',
          8: 'pairs controllable',
        }),
        0,
        1,
      ],
      [uint('dot3.power.pair', 'PSE power pair', section(2), { 1: 'signal', 2: 'spare' }), 1, 1],
      [uint('dot3.power.class', 'power class + 1', section(2)), 2, 1],
      [
        uintBits('dot3.power.type', 'type', section(2), [7, 6], {
          0: 'type 2 PSE',
          1: 'type 2 PD',
          2: 'type 1 PSE',
          3: 'type 1 PD',
        }),
        3,
        1,
      ],
      [uintBits('dot3.power.source', 'source', section(2), [5, 4]), 3, 1],
      [
        uintBits('dot3.power.priority', 'priority', section(2), [1, 0], {
          1: 'critical',
          2: 'high',
          3: 'low',
        }),
        3,
        1,
      ],
      [uint('dot3.power.requested', 'PD requested, in 0.1 W', section(2)), 4, 2],
      [uint('dot3.power.allocated', 'PSE allocated, in 0.1 W', section(2)), 6, 2],
    ]),
  ],
  [
    3,
    'link-aggregation',
    'Link aggregation (deprecated)',
    section(3),
    fixed(5, section(3), [
      [bits('dot3.link-aggregation.status', 'status', section(3), { 1: 'capable', 2: 'enabled' }), 0, 1],
      [uint('dot3.link-aggregation.port', 'aggregated port ID', section(3)), 1, 4],
    ]),
  ],
  [
    4,
    'max-frame-size',
    'Maximum frame size',
    section(4),
    fixed(2, section(4), [[uint('dot3.max-frame-size.octets', 'octets', section(4)), 0, 2]]),
  ],
  [
    5,
    'eee',
    'Energy-efficient Ethernet',
    section(5),
    fixed(10, section(5), [
      [uint('dot3.eee.transmit', 'transmit Tw in us', section(5)), 0, 2],
      [uint('dot3.eee.receive', 'receive Tw in us', section(5)), 2, 2],
      [uint('dot3.eee.fallback', 'fallback receive Tw in us', section(5)), 4, 2],
      [uint('dot3.eee.echo-transmit', 'echo transmit Tw in us', section(5)), 6, 2],
      [uint('dot3.eee.echo-receive', 'echo receive Tw in us', section(5)), 8, 2],
    ]),
  ],
  [
    6,
    'eee-fast-wake',
    'EEE fast wake',
    section(6),
    fixed(4, section(6), [
      [uint('dot3.eee-fast-wake.transmit', 'transmit', section(6)), 0, 1],
      [uint('dot3.eee-fast-wake.receive', 'receive', section(6)), 1, 1],
      [uint('dot3.eee-fast-wake.echo-transmit', 'echo transmit', section(6)), 2, 1],
      [uint('dot3.eee-fast-wake.echo-receive', 'echo receive', section(6)), 3, 1],
    ]),
  ],
  [
    7,
    'additional-capabilities',
    'Additional Ethernet capabilities',
    section(7),
    fixed(2, section(7), [[uint('dot3.additional-capabilities.bits', 'capabilities', section(7)), 0, 2]]),
  ],
  [8, 'power-measurements', 'Power via MDI measurements', section(8), fixed(0, section(8), [])],
]

export const DOT3_TLVS: readonly OrganizationalKind[] = TLVS.map(
  ([subtype, name, label, clause, dissect]) => ({
    oui: DOT3_OUI,
    subtype,
    group: group(`dot3.${name}`, label, clause),
    once: false,
    dissect,
  }),
)
