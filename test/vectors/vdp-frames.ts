/**
 * Frames of ECP and VDP with what they mean. E08 and E11 to E14 were seen on the wire between two lldpads, the
 * others were constructed from the field layouts. One entry gives decoding, encoding and the round trip.
 */

export interface FrameVector {
  readonly name: string
  readonly what: string
  /** The whole frame without FCS. */
  readonly hex: string
}

export const VDP_FRAMES: readonly FrameVector[] = [
  {
    name: 'E08',
    what: 'Associate request, manager ID "mgr1", MAC/VID filter, VLAN 3 (no End TLV, as lldpad sends it)',
    hex:
      '0180c2000000020000000a018940100100010a106d6772310000000000000000000000000621001234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73ece0003',
  },
  {
    name: 'E11',
    what: 'response to E08',
    hex:
      '0180c2000000020000000b018940100100010a106d6772310000000000000000000000000621401234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73ece0003',
  },
  {
    name: 'E12',
    what: 'De-Associate request',
    hex:
      '0180c2000000020000000a018940100100020a106d6772310000000000000000000000000821001234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73ece0003',
  },
  {
    name: 'E13',
    what: 'De-Associate response',
    hex:
      '0180c2000000020000000b018940100100020a106d6772310000000000000000000000000821401234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73ece0003',
  },
  {
    name: 'E14',
    what: "De-Associate on the bridge's own initiative",
    hex:
      '0180c2000000020000000b018940100100030a106d6772310000000000000000000000000821001234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73ece0003',
  },
  {
    name: 'E15',
    what: 'two VSIs in one ECPDU: Pre-Associate RR with null VID, Associate with two entries and the M hint',
    hex:
      '0180c2000000020000000a018940100100050a1020010db80000000000000000000000010421001234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73ece00000629101234560405fa9b7fffb0a048938e' +
      '0ebeef4ff18f90020002525400c73ecf0003525400c73ed0d0640000',
  },
  {
    name: 'E16',
    what: 'answers to E15: VID 200 and PCP 3 assigned, the second refused but kept',
    hex:
      '0180c2000000020000000b018940100100090a1020010db80000000000000000000000010421401234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73eceb0c80629621234560405fa9b7fffb0a048938e' +
      '0ebeef4ff18f90020002525400c73ecf0003525400c73ed0d0640000',
  },
  {
    name: 'E17',
    what: 'Associate with group ID, MAC and VID',
    hex:
      '0180c2000000020000000a018940100100050a10000000000000000000000000000000000625001234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f04000100001001525400c73ed00064',
  },
  {
    name: 'E18',
    what: 'Associate followed by an organisation TLV',
    hex:
      '0180c2000000020000000a018940100100070a10000000000000000000000000000000000621001234560405' +
      'fa9b7fffb0a048938e0ebeef4ff18f8f020001525400c73ed30064fe2900000cf105fa9b7fffb0a048938e0e' +
      'beef4ff18f8f0511111111222233334444555555555555564d310000',
  },
]
