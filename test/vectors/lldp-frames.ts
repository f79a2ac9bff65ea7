/**
 * LLDP frames, byte for byte as running lldpad processes sent them. Source: reference.md 8.2, E01 to E05.
 */

export interface LldpVector {
  readonly name: string
  readonly what: string
  readonly hex: string
  /** The sender's MAC address, which is also its chassis ID and port ID. */
  readonly source: string
  readonly ttl: number
  /** Octets 6 to 10 of the EVB TLV. */
  readonly evb?: string
}

export const LLDP_FRAMES: readonly LldpVector[] = [
  {
    name: 'E01',
    what: 'station, first LLDPDU: wants reflective relay',
    hex:
      '0180c2000000020000000a0188cc0207' +
      '04020000000a01040703020000000a01' +
      '06020078fe090080c20d00076e941400' +
      '000000000000000000000000',
    source: '02:00:00:00:0a:01',
    ttl: 120,
    evb: '00076e9414',
  },
  {
    name: 'E02',
    what: 'bridge, first LLDPDU: capable of reflective relay',
    hex:
      '0180c2000000020000000b0188cc0207' +
      '04020000000b01040703020000000b01' +
      '06020078fe090080c20d02006e541400' +
      '000000000000000000000000',
    source: '02:00:00:00:0b:01',
    ttl: 120,
    evb: '02006e5414',
  },
  {
    name: 'E02b',
    what: 'station after hearing E02',
    hex:
      '0180c2000000020000000a0188cc0207' +
      '04020000000a01040703020000000a01' +
      '06020078fe090080c20d02046eb43400' +
      '000000000000000000000000',
    source: '02:00:00:00:0a:01',
    ttl: 120,
    evb: '02046eb434',
  },
  {
    name: 'E03',
    what: 'bridge after hearing E02b: granted',
    hex:
      '0180c2000000020000000b0188cc0207' +
      '04020000000b01040703020000000b01' +
      '06020078fe090080c20d03046e743400' +
      '000000000000000000000000',
    source: '02:00:00:00:0b:01',
    ttl: 120,
    evb: '03046e7434',
  },
  {
    name: 'E04',
    what: 'station after the grant',
    hex:
      '0180c2000000020000000a0188cc0207' +
      '04020000000a01040703020000000a01' +
      '06020078fe090080c20d03056eb43400' +
      '000000000000000000000000',
    source: '02:00:00:00:0a:01',
    ttl: 120,
    evb: '03056eb434',
  },
  {
    name: 'E05',
    what: 'bridge, shutdown LLDPDU',
    hex:
      '0180c2000000020000000b0188cc0207' +
      '04020000000b01040703020000000b01' +
      '06020000000000000000000000000000' +
      '000000000000000000000000',
    source: '02:00:00:00:0b:01',
    ttl: 0,
  },
]
