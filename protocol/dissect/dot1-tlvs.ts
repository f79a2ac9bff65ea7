/** Organisationally specific TLVs of 802.1, OUI 00-80-C2, but those of the edge. Source: 802.1Q-2018 §D.2. */
import { bits, flag, group, plain, uint, uintBits } from './field.ts'
import { fixed, named, type OrganizationalKind, repeated } from './organizational-kind.ts'
import type { Placed } from './tlv-header.ts'

export const DOT1_OUI = 0x0080c2

const annex = (section: number) => `802.1Q-2018 §D.2.${section}`
const AX = '802.1AX-2014 §F'

const ASSIGNMENT: readonly Placed[] = Array.from({ length: 8 }, (_, priority) => [
  uintBits(`dot1.ets.priority-${priority}`, `traffic class of priority ${priority}`, annex(8), [
    31 - 4 * priority,
    28 - 4 * priority,
  ]),
  1,
  4,
])
const perClass = (name: string, label: string, at: number): Placed[] =>
  Array.from({ length: 8 }, (_, index) => [
    uint(`dot1.ets.${name}-${index}`, `${label} ${index}`, annex(8)),
    at + index,
    1,
  ])
const ETS: readonly Placed[] = [
  ...ASSIGNMENT,
  ...perClass('bandwidth', 'bandwidth in % of traffic class', 5),
  ...perClass('algorithm', 'selection algorithm of traffic class', 13),
]
const ETS_LENGTH = 21

const PRIORITIES = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [1 << n, `priority ${n}`]))
const LAG_STATUS = { 1: 'capable', 2: 'enabled' }
const SELECTORS = { 1: 'EtherType', 2: 'TCP or SCTP port', 3: 'UDP or DCCP port', 4: 'port', 5: 'DSCP' }

/** The TLVs of LLDP that 802.1 defines, by subtype. */
const TLVS: readonly (readonly [number, string, string, string, OrganizationalKind['dissect']])[] = [
  [
    1,
    'port-vid',
    'Port VLAN ID',
    annex(1),
    fixed(2, annex(1), [[uint('dot1.port-vid.vid', 'PVID', annex(1)), 0, 2]]),
  ],
  [
    2,
    'protocol-vid',
    'Port and protocol VLAN ID',
    annex(2),
    fixed(3, annex(2), [
      [bits('dot1.protocol-vid.flags', 'flags', annex(2), { 2: 'supported', 4: 'enabled' }), 0, 1],
      [uint('dot1.protocol-vid.vid', 'PPVID', annex(2)), 1, 2],
    ]),
  ],
  [
    3,
    'vlan-name',
    'VLAN name',
    annex(3),
    named(
      2,
      annex(3),
      [
        [uint('dot1.vlan-name.vid', 'VID', annex(3)), 0, 2],
        [uint('dot1.vlan-name.length', 'name length', annex(3)), 2, 1],
      ],
      plain('text', 'dot1.vlan-name.name', 'name', annex(3)),
    ),
  ],
  [
    4,
    'protocol-identity',
    'Protocol identity',
    annex(4),
    named(
      0,
      annex(4),
      [[uint('dot1.protocol-identity.length', 'length', annex(4)), 0, 1]],
      plain('octets', 'dot1.protocol-identity.identity', 'identity', annex(4)),
    ),
  ],
  [
    5,
    'vid-digest',
    'VID usage digest',
    annex(5),
    fixed(4, annex(5), [[uint('dot1.vid-digest.crc', 'CRC-32', annex(5)), 0, 4]]),
  ],
  [
    6,
    'management-vid',
    'Management VID',
    annex(6),
    fixed(2, annex(6), [[uint('dot1.management-vid.vid', 'VID', annex(6)), 0, 2]]),
  ],
  [
    7,
    'link-aggregation',
    'Link aggregation',
    AX,
    fixed(5, AX, [
      [bits('dot1.link-aggregation.status', 'status', AX, LAG_STATUS), 0, 1],
      [uint('dot1.link-aggregation.port', 'aggregated port ID', AX), 1, 4],
    ]),
  ],
  [
    8,
    'congestion-notification',
    'Congestion notification',
    annex(7),
    fixed(2, annex(7), [
      [bits('dot1.congestion-notification.cnpv', 'CNPV', annex(7), PRIORITIES), 0, 1],
      [bits('dot1.congestion-notification.ready', 'ready', annex(7), PRIORITIES), 1, 1],
    ]),
  ],
  [
    9,
    'ets-configuration',
    'ETS configuration',
    annex(8),
    fixed(ETS_LENGTH, annex(8), [
      [flag('dot1.ets.willing', 'willing', annex(8), 7), 0, 1],
      [flag('dot1.ets.cbs', 'credit-based shaper', annex(8), 6), 0, 1],
      [uintBits('dot1.ets.max-tcs', 'traffic classes (0: 8)', annex(8), [2, 0]), 0, 1],
      ...ETS,
    ]),
  ],
  [
    0x0a,
    'ets-recommendation',
    'ETS recommendation',
    annex(9),
    fixed(ETS_LENGTH, annex(9), [[uint('dot1.ets.reserved', 'reserved', annex(9)), 0, 1], ...ETS]),
  ],
  [
    0x0b,
    'pfc',
    'Priority-based flow control',
    annex(10),
    fixed(2, annex(10), [
      [flag('dot1.pfc.willing', 'willing', annex(10), 7), 0, 1],
      [flag('dot1.pfc.mbc', 'MACsec bypass capability', annex(10), 6), 0, 1],
      [uintBits('dot1.pfc.capability', 'traffic classes with PFC', annex(10), [3, 0]), 0, 1],
      [bits('dot1.pfc.enable', 'enabled', annex(10), PRIORITIES), 1, 1],
    ]),
  ],
  [
    0x0c,
    'application-priority',
    'Application priority',
    annex(11),
    repeated(1, annex(11), [[uint('dot1.application.reserved', 'reserved', annex(11)), 0, 1]], 3, [
      [uintBits('dot1.application.priority', 'priority', annex(11), [7, 5]), 0, 1],
      [uintBits('dot1.application.selector', 'selector', annex(11), [2, 0], SELECTORS), 0, 1],
      [uint('dot1.application.protocol', 'protocol', annex(11)), 1, 2],
    ]),
  ],
  [
    0x10,
    'application-vlan',
    'Application VLAN',
    annex(14),
    repeated(0, annex(14), [], 4, [
      [uintBits('dot1.application-vlan.vid', 'VID', annex(14), [15, 4]), 0, 2],
      [uintBits('dot1.application-vlan.selector', 'selector', annex(14), [2, 0], SELECTORS), 0, 2],
      [uint('dot1.application-vlan.protocol', 'protocol', annex(14)), 2, 2],
    ]),
  ],
]

export const DOT1_TLVS: readonly OrganizationalKind[] = TLVS.map(
  ([subtype, name, label, clause, dissect]) => ({
    oui: DOT1_OUI,
    subtype,
    group: group(`dot1.${name}`, label, clause),
    once: false,
    dissect,
  }),
)
