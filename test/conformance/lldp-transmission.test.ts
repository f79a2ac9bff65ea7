/** Checklist 7.2: when LLDPDUs leave. Times are milliseconds of virtual time. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_PORT_CONFIG, type LldpConfig, type PortConfig } from '../../protocol/engine/port-config.ts'
import { describePort } from '../../protocol/engine/step.ts'
import { lldpConfig, lldpSent, lldpTimes, neighborFrame, tlvsOf } from '../support/lldp.ts'
import { STATION_MAC, TestPort } from '../support/test-port.ts'
import { VirtualTime } from '../support/virtual-time.ts'

function started(lldp: Partial<LldpConfig> = {}): TestPort {
  const port = new TestPort({ role: 'station', time: new VirtualTime(), config: lldpConfig(lldp) })
  port.linkUp()
  return port
}

const wait = (port: TestPort, seconds: number) => port.time.advance(1000 * seconds)
const configure = (port: TestPort, config: PortConfig) => port.input({ type: 'admin.configured', config })
const ttlOf = (hex: string) => Number.parseInt(tlvsOf(hex)[2]!.info, 16)

/** Changes the system name `count` times: each is a local change. */
function rename(port: TestPort, count = 1, lldp: Partial<LldpConfig> = {}): void {
  for (let index = 0; index < count; index++) {
    configure(port, lldpConfig({ ...lldp, systemName: `name ${index} at ${port.time.now}` }))
  }
}

describe('LLDP transmission', () => {
  it('#25 the first LLDPDU leaves as soon as the port is up', () => {
    const port = new TestPort({ role: 'bridge', time: new VirtualTime() })
    wait(port, 17)
    expect(lldpSent(port)).toEqual([])
    port.linkUp()
    expect(lldpTimes(port)).toEqual([17_000])
  })

  it('#25 the first LLDPDU leaves as soon as adminStatus allows it', () => {
    const port = started({ adminStatus: 'disabled' })
    wait(port, 40)
    expect(lldpSent(port)).toEqual([])
    configure(port, lldpConfig())
    expect(lldpTimes(port)).toEqual([40_000])
  })

  it('#26 one LLDPDU every msgTxInterval', () => {
    const port = started()
    wait(port, 100)
    expect(lldpTimes(port)).toEqual([0, 30_000, 60_000, 90_000])
    expect(port.counters.statsFramesOutTotal).toBe(4)
    const faster = started({ msgTxInterval: 7 })
    wait(faster, 15)
    expect(lldpTimes(faster)).toEqual([0, 7000, 14_000])
  })

  it.each([
    [30, 4, 121],
    [1, 1, 2],
    [3600, 100, 65535],
    [655, 100, 65501],
    [656, 100, 65535],
  ])('#27 TTL of interval %i and hold %i: %i', (msgTxInterval, msgTxHold, ttl) => {
    expect(lldpSent(started({ msgTxInterval, msgTxHold })).map(({ hex }) => ttlOf(hex))).toEqual([ttl])
  })

  it('#28 a local change is sent at once, and the interval counts from there', () => {
    const port = started()
    wait(port, 12)
    rename(port)
    expect(lldpTimes(port)).toEqual([0, 12_000])
    wait(port, 60)
    expect(lldpTimes(port)).toEqual([0, 12_000, 42_000, 72_000])
  })

  it('#29 a new neighbour causes txFastInit LLDPDUs msgFastTx apart', () => {
    const port = started()
    wait(port, 10)
    port.receive(neighborFrame())
    wait(port, 25)
    expect(lldpTimes(port)).toEqual([0, 10_000, 11_000, 12_000, 13_000])
    wait(port, 10)
    expect(lldpTimes(port).at(-1)).toBe(43_000)
  })

  it('#29 a neighbour that is known already, or only changes, causes none', () => {
    const port = started()
    wait(port, 10)
    port.receive(neighborFrame())
    wait(port, 10)
    const before = lldpTimes(port)
    port.receive(neighborFrame())
    port.receive(neighborFrame({ ttl: 120 }))
    wait(port, 5)
    expect(lldpTimes(port)).toEqual(before)
  })

  it('#29 other values of txFastInit and msgFastTx', () => {
    const port = started({ txFastInit: 2, msgFastTx: 3 })
    wait(port, 10)
    port.receive(neighborFrame())
    wait(port, 20)
    expect(lldpTimes(port)).toEqual([0, 10_000, 13_000])
  })

  it('#29 the fast start and the local change that the neighbour causes share an LLDPDU', () => {
    const port = started()
    wait(port, 10)
    port.receive(neighborFrame({ tlvs: ['fe090080c20d02006e5414'] }))
    expect(lldpTimes(port)).toEqual([0, 10_000])
    expect(lldpSent(port).at(-1)!.hex).toContain('fe090080c20d02046e9414')
  })

  it('#30 at most txCreditMax LLDPDUs in a burst, then at most one a second, the newest content', () => {
    const port = started()
    wait(port, 20)
    rename(port, 9)
    expect(lldpTimes(port)).toEqual([0, 20_000, 20_000, 20_000, 20_000, 20_000])
    for (let tick = 0; tick < 40; tick++) {
      rename(port)
      port.time.advance(100)
    }
    expect(lldpTimes(port).slice(6)).toEqual([21_000, 22_000, 23_000, 24_000])
    const named = tlvsOf(lldpSent(port).at(-1)!.hex).find(({ type }) => type === 5)!
    expect(Buffer.from(named.info, 'hex').toString()).toBe('name 0 at 23900')
  })

  it('#31 credit grows by one a second up to txCreditMax', () => {
    const port = started({ txCreditMax: 3 })
    wait(port, 20)
    rename(port, 9, { txCreditMax: 3 })
    expect(lldpTimes(port)).toHaveLength(1 + 3)
    wait(port, 1)
    expect(lldpTimes(port)).toHaveLength(1 + 3 + 1) // what the credit of the first second was due for
    wait(port, 2)
    rename(port, 9, { txCreditMax: 3 })
    expect(lldpTimes(port).slice(5)).toEqual([23_000, 23_000])
    wait(port, 20)
    rename(port, 9, { txCreditMax: 3 })
    expect(lldpTimes(port).filter((at) => at === 43_000)).toHaveLength(3)
  })

  it('#31 credit grows up to a txCreditMax that was raised meanwhile, and LLDPDUs go on', () => {
    const port = started({ txCreditMax: 2 })
    wait(port, 20)
    configure(port, lldpConfig({ txCreditMax: 4 }))
    wait(port, 20)
    lldpTimes(port)
    const before = lldpTimes(port).length
    rename(port, 9, { txCreditMax: 4 })
    expect(lldpTimes(port)).toHaveLength(before + 4)
    wait(port, 600)
    expect(lldpTimes(port).length).toBeGreaterThan(before + 4 + 15)
  })

  it('#32 #33 leaving a transmitting adminStatus sends one shutdown LLDPDU: mandatory TLVs and End only', () => {
    const port = started({ systemName: 'host', managementAddress: '192.0.2.1' })
    wait(port, 5)
    configure(port, lldpConfig({ adminStatus: 'enabledRxOnly', systemName: 'host' }))
    wait(port, 100)
    expect(lldpTimes(port)).toEqual([0, 5000])
    const mac = STATION_MAC.replaceAll(':', '')
    expect(tlvsOf(lldpSent(port)[1]!.hex)).toEqual([
      { type: 1, info: `04${mac}` },
      { type: 2, info: `03${mac}` },
      { type: 3, info: '0000' },
      { type: 0, info: '' },
    ])
  })

  it('#34 after a shutdown LLDPDU the agent is silent for reinitDelay, then starts over', () => {
    const port = started()
    wait(port, 5)
    configure(port, lldpConfig({ adminStatus: 'disabled' }))
    configure(port, lldpConfig())
    rename(port)
    port.receive(neighborFrame())
    port.time.advance(1999)
    expect(lldpTimes(port)).toEqual([0, 5000])
    wait(port, 31)
    expect(lldpTimes(port).slice(2, 4)).toEqual([7000, 37_000])
    expect(ttlOf(lldpSent(port)[2]!.hex)).toBe(121)
  })

  it('#34 disabled for longer than reinitDelay, it starts when it is enabled', () => {
    const port = started({ reinitDelay: 10 })
    configure(port, lldpConfig({ adminStatus: 'disabled', reinitDelay: 10 }))
    wait(port, 25)
    configure(port, lldpConfig())
    expect(lldpTimes(port)).toEqual([0, 0, 25_000])
  })

  it('#35 an orderly exit sends a shutdown LLDPDU and leaves no timer', () => {
    const port = started()
    port.receive(neighborFrame())
    wait(port, 5)
    port.input({ type: 'admin.shutdown' })
    expect(ttlOf(lldpSent(port).at(-1)!.hex)).toBe(0)
    expect(lldpTimes(port).at(-1)).toBe(5000)
    expect(port.time.armed()).toEqual([])
  })

  it('#35 an exit whose successor goes on where it ended sends nothing and leaves no timer', () => {
    const port = started()
    port.receive(neighborFrame())
    wait(port, 5)
    const before = lldpTimes(port)
    port.input({ type: 'admin.shutdown', quiet: true })
    expect(lldpTimes(port)).toEqual(before)
    expect(port.time.armed()).toEqual([])
  })

  it('#35 without a link, or where nothing is transmitted, there is nobody to say goodbye to', () => {
    const down = new TestPort({ role: 'station', time: new VirtualTime() })
    down.input({ type: 'admin.shutdown' })
    const mute = started({ adminStatus: 'enabledRxOnly' })
    mute.input({ type: 'admin.shutdown' })
    expect([...down.sent, ...mute.sent]).toEqual([])
  })

  it('#36 enabledRxOnly sends nothing and hears', () => {
    const port = started({ adminStatus: 'enabledRxOnly' })
    port.receive(neighborFrame())
    expect(describePort(port.state).neighbors).toHaveLength(1)
    wait(port, 100)
    rename(port, 1, { adminStatus: 'enabledRxOnly' })
    expect(lldpSent(port)).toEqual([])
  })

  it('#36 enabledTxOnly sends and hears nothing', () => {
    const port = started({ adminStatus: 'enabledTxOnly' })
    port.receive(neighborFrame())
    wait(port, 31)
    expect(describePort(port.state).neighbors).toEqual([])
    expect(lldpTimes(port)).toEqual([0, 30_000])
    expect(port.counters.statsFramesInTotal).toBe(0)
  })

  it('a link that goes down stops everything, and one that comes up starts over', () => {
    const port = started()
    wait(port, 10)
    port.linkDown()
    expect(port.time.armed()).toEqual([])
    wait(port, 100)
    port.linkUp()
    wait(port, 30)
    expect(lldpTimes(port)).toEqual([0, 110_000, 140_000])
  })

  it('all basic TLVs that are configured are sent', () => {
    const port = started({
      portDescription: 'uplink',
      systemName: 'höst',
      systemDescription: 'qbg',
      systemCapabilities: { supported: 0x0080, enabled: 0x0080 },
      managementAddress: '2001:db8::1',
      interfaceIndex: 7,
    })
    expect(tlvsOf(lldpSent(port)[0]!.hex).slice(3, -2)).toEqual([
      { type: 4, info: '75706c696e6b' },
      { type: 5, info: '68c3b67374' },
      { type: 6, info: '716267' },
      { type: 7, info: '00800080' },
      { type: 8, info: '110220010db8000000000000000000000001020000000700' },
    ])
  })

  it('settings that cannot be sent do not stop the agent', () => {
    const port = started({ systemName: 'ü'.repeat(200), managementAddress: 'localhost' })
    const tlvs = tlvsOf(lldpSent(port)[0]!.hex)
    expect(tlvs.find(({ type }) => type === 5)!.info).toBe('c3bc'.repeat(127))
    expect(tlvs.some(({ type }) => type === 8)).toBe(false)
    expect(DEFAULT_PORT_CONFIG.lldp.systemName).toBeUndefined()
  })
})
