/**
 * Every fault that src/README.md shows, set by the very command it shows on a running bridge, has the effect it tells
 * on our own station. The table there and the checks here are held against each other.
 */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faultClearAnswer, faultListAnswer } from '../../src/control/schema/fault.ts'
import type { PortJson } from '../../src/control/schema/status.ts'
import type { RequestAnswer, VsiJson } from '../../src/control/schema/vsi.ts'
import { runQbg } from '../support/cli.ts'
import { type Pair, type Side, startPair } from '../support/daemons.ts'

const A = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
/** resourceWaitDelay 1.3 s, respWaitDelay 3.7 s, keep-alive 2.6 s, toutKeepAlive 5.7 s. */
const QUICK = { evb: { r: 3, rte: 14, rwd: 17, rka: 18 } }

const readme = readFileSync(new URL('../../src/README.md', import.meta.url), 'utf8')
const shown = [...readme.matchAll(/^\| `qbg fault set (.+?)` \|/gm)].map(([, command]) => command!)

let pair: Pair
beforeEach(async () => {
  pair = await startPair({ station: QUICK, bridge: { ...QUICK, faultSeed: 7 } })
})
afterEach(() => pair.close())

const qbg = (side: Side, ...argv: string[]) => pair.during(runQbg(argv, { QBG_CONTROL: side.path }))

const associate = (filter: string) => ({ mode: 'associate' as const, id: A, typeId: 5, filter: [filter] })

interface Seen {
  readonly answer: RequestAnswer
  /** Milliseconds until the answer. */
  readonly took: number
  readonly station: PortJson
  readonly bridge: PortJson
  readonly vsi: VsiJson
  /** What became of the VSI, as the bridge's events tell it. */
  readonly onBridge: string[]
  /** Lets time go on, and looks again. */
  readonly after: (milliseconds: number) => Promise<Pick<Seen, 'station' | 'bridge' | 'vsi' | 'onBridge'>>
}

async function look() {
  const { station, bridge } = pair
  const events = (await bridge.client.eventLog({ types: ['vsi'] })).events
  return {
    station: (await station.client.status()).ports[0]!,
    bridge: (await bridge.client.status()).ports[0]!,
    vsi: (await station.client.vsi(A)).vsi,
    onBridge: events.map((event) => (event.type === 'vsi' ? event.outcome : '')),
  }
}

/** Sets the fault as a person does, then has the station ask for a VSI. */
async function provoke(command: string): Promise<Seen> {
  const argv = command.split(' ').map((word) => word.replace(/^ID$/, A).replace(/^'(.*)'$/, '$1'))
  // no virtual time passes before the station asks
  const environment = { QBG_CONTROL: pair.bridge.path }
  expect(await runQbg(['fault', 'set', ...argv], environment)).toMatchObject({ status: 0, stderr: '' })
  const asked = pair.clock.now()
  const request = associate('52:54:00:11:22:33/200')
  const answers = await pair.during(pair.station.client.request({ requests: [request], wait: 60 }))
  const took = pair.clock.now() - asked
  const after = (milliseconds: number) => {
    pair.clock.advance(milliseconds)
    return look()
  }
  return { answer: answers.answers[0]!, took, after, ...(await look()) }
}

/** Without faults, the same request is granted, on the same daemons. */
async function allIsWellAgain(): Promise<void> {
  await pair.bridge.client.clearFaults()
  pair.clock.advance(150_000)
  const again = pair.station.client.request({ requests: [associate('52:54:00:11:22:33/200')], wait: 60 })
  expect((await pair.during(again)).answers).toMatchObject([{ outcome: 'granted' }])
}

const granted = { outcome: 'granted' }
const silent = { outcome: 'refused', reason: { code: 'no-response' } }
/** Of the first exchange, before any keep-alive. */
const RTE = 164

const EFFECTS: Readonly<Record<string, (seen: Seen) => void | Promise<void>>> = {
  'drop --frame ack --nth 1': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    const { station, bridge } = await after(RTE + 1)
    expect(station.counters).toMatchObject({ EcpTxFrameCount: 1, EcpTxRetryCount: 1, EcpTxFailures: 0 })
    expect(bridge.counters).toMatchObject({ EcpRxDuplicateCount: 1, VDPCommandsSucceeded: 1 })
  },
  'drop --frame ack': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    const { station } = await after(5 * RTE)
    expect(station.counters).toMatchObject({ EcpTxFrameCount: 1, EcpTxRetryCount: 3, EcpTxFailures: 1 })
    expect((await after(20_000)).vsi).toMatchObject({ state: 'associated' })
  },
  'drop --frame vdp': async ({ answer, took, after }) => {
    expect(answer).toMatchObject(silent)
    expect(took).toBeGreaterThan(3680)
    const { bridge, onBridge } = await after(10_000)
    expect(bridge.counters.EcpTxRetryCount).toBeGreaterThan(2)
    expect(onBridge).toEqual(['granted', 'lost'])
  },
  'drop --frame lldp': async ({ after }) => {
    expect((await after(100_000)).station.neighbor).not.toBeNull()
    const { station } = await after(30_000)
    expect(station).toMatchObject({ neighbor: null, relay: { active: false } })
    expect(station.problems.map(({ code }) => code)).toEqual(['no-neighbor'])
  },
  'drop --chance 0.3 --direction both': async ({ after }) => {
    const { station, bridge } = await after(60_000)
    expect(station.mib.EcpTxRetryCount + bridge.mib.EcpTxRetryCount).toBeGreaterThan(0)
    await allIsWellAgain()
  },
  'delay 1s --frame vdp': ({ answer, took, station }) => {
    expect(answer).toMatchObject(granted)
    expect(took).toBeGreaterThan(1000)
    expect(station.counters.EcpRxDuplicateCount).toBe(0)
  },
  'delay 20s --frame vdp': async ({ answer, after }) => {
    expect(answer).toMatchObject(silent)
    const { station, vsi } = await after(25_000)
    expect(station.counters.VdpRxTlvDiscardCount).toBeGreaterThan(0)
    expect(vsi).toMatchObject({ state: 'none' })
  },
  'duplicate --frame ecp': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    const { station, bridge } = await after(100)
    expect(station.counters).toMatchObject({ EcpRxDuplicateCount: 1, EcpRxUnexpectedAckCount: 1 })
    expect(bridge.counters).toMatchObject({ VDPCommandsSucceeded: 1, EcpTxRetryCount: 0 })
  },
  'reorder --frame vdp --nth 1': async ({ answer, took, after }) => {
    expect(answer).toMatchObject(granted)
    expect(took).toBeGreaterThanOrEqual(RTE)
    expect((await after(10)).station.counters).toMatchObject({ EcpRxFrameCount: 2, EcpRxDuplicateCount: 1 })
  },
  'corrupt 14 --frame vdp --nth 1': ({ answer, took, station }) => {
    expect(answer).toMatchObject(granted)
    expect(took).toBeGreaterThanOrEqual(RTE)
    expect(station.faults.total).toBe(1)
    expect(station.counters.EcpRxDiscardCount).toBe(1)
  },
  'corrupt --chance 0.2': async ({ after }) => {
    const { bridge } = await after(120_000)
    expect(bridge.injected).toMatchObject([{ name: 'corrupt-1' }])
    expect(bridge.injected[0]!.applied).toBeGreaterThan(0)
    await allIsWellAgain()
  },
  'truncate 40 --frame vdp': ({ answer, station }) => {
    expect(answer).toMatchObject(silent)
    expect(station.faults.byCode).toEqual({ 'tlv-truncated': 1 })
  },
  'sequence +1 --frame ack': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    const { station } = await after(5 * RTE)
    expect(station.counters).toMatchObject({
      EcpRxUnexpectedAckCount: 4,
      EcpTxRetryCount: 3,
      EcpTxFailures: 1,
    })
  },
  'sequence 5 --frame vdp': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    const { station, bridge } = await after(3000)
    expect(station.counters.EcpRxDuplicateCount).toBeGreaterThan(0)
    expect(bridge.counters.EcpTxRetryCount).toBeGreaterThan(0)
  },
  'no-evb': async ({ after }) => {
    const { station } = await after(40_000)
    expect(station).toMatchObject({ neighbor: null, relay: { active: false } })
    expect(station.problems.map(({ code }) => code)).toEqual(['no-evb-neighbor'])
  },
  omit: async ({ answer, after }) => {
    expect(answer).toMatchObject(silent)
    const { station, bridge, onBridge } = await after(10_000)
    expect(station.counters.EcpRxFrameCount).toBe(0)
    expect(bridge.counters.EcpTxRetryCount).toBe(0)
    expect(onBridge).toEqual(['granted', 'lost'])
  },
  'omit --nth 2': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    expect(await after(7000)).toMatchObject({ vsi: { outcome: 'lost', reason: { code: 'no-response' } } })
    expect(await after(5000)).toMatchObject({ vsi: { state: 'associated', outcome: 'granted' } })
  },
  'rewrite --status 0x64': ({ answer, onBridge }) => {
    expect(answer).toMatchObject({ outcome: 'refused', reason: { code: 'other-failure', vdpError: 4 } })
    expect(onBridge).toEqual(['granted'])
  },
  'rewrite --status 0x64 --nth 2': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    const { onBridge } = await after(7000)
    expect(onBridge.slice(0, 2)).toEqual(['granted', 'released'])
  },
  'rewrite --as deassociate --status 0x52': ({ answer }) => {
    expect(answer).toMatchObject({ reason: { code: 'insufficient-resources', hard: true } })
  },
  'rewrite --vid 77': ({ answer }) => {
    expect(answer).toMatchObject({ outcome: 'refused', reason: { code: 'response-mismatch' } })
  },
  'rewrite --new-id mac:52:54:00:00:00:01': ({ answer, station }) => {
    expect(answer).toMatchObject(silent)
    expect(station.counters.VdpRxTlvDiscardCount).toBe(1)
  },
  'refuse insufficient-resources --type 5': ({ answer, onBridge }) => {
    expect(answer).toMatchObject({ reason: { code: 'insufficient-resources', vdpError: 2 } })
    expect(answer.reason?.hard).toBeUndefined()
    expect(onBridge).toEqual(['refused'])
  },
  'refuse 5 --hard --vsi ID': ({ answer }) => {
    expect(answer).toMatchObject({ reason: { code: 'invalid-filter', hard: true } })
  },
  'refuse --keep --nth 2 --vsi ID': async ({ answer }) => {
    expect(answer).toMatchObject(granted)
    const change = associate('52:54:00:11:22:33/201')
    const asked = pair.during(pair.station.client.request({ requests: [change], wait: 60 }))
    expect((await asked).answers).toMatchObject([{ outcome: 'kept', state: 'associated' }])
    expect((await look()).vsi.filter).toEqual(['52:54:00:11:22:33/200'])
  },
  'late 1s': ({ answer, took, station }) => {
    expect(answer).toMatchObject(granted)
    expect(took).toBeGreaterThan(1000)
    expect(station.counters.EcpTxRetryCount).toBe(0)
  },
  undecided: ({ answer, took }) => {
    expect(answer).toMatchObject({ outcome: 'refused', reason: { code: 'insufficient-resources' } })
    expect(took).toBeGreaterThan(1300)
    expect(took).toBeLessThan(3680)
  },
  'deassociate 2s': async ({ answer, after }) => {
    expect(answer).toMatchObject(granted)
    expect(await after(1900)).toMatchObject({ vsi: { state: 'associated' } })
    expect(await after(200)).toMatchObject({ vsi: { reason: { code: 'deassociated-by-bridge' } } })
  },
}

describe('each fault of src/README.md', () => {
  test('is checked here, and nothing else is', () => {
    expect(shown).toEqual(Object.keys(EFFECTS))
  })

  test.each(shown)('%s', async (command) => {
    await EFFECTS[command]!(await provoke(command))
  })
})

describe('faults of a running daemon', () => {
  test('are listed with what they did, shown in status and events, and cleared', async () => {
    const set = await qbg(pair.bridge, 'fault', 'set', 'drop', '--frame', 'ack', '--nth', '1', '--name', 'x')
    expect(set.stdout).toMatch(
      /^NAME +PORT +FITTED +DONE +FAULT\nx +swp0 +0 +0 +drops ECP acknowledgements sent, only the 1st\nseed \d+\n$/,
    )
    await qbg(pair.bridge, 'fault', 'set', 'late', '2s', '--type', '7:1', '--port', 'sw*')
    const request = associate('7')
    await pair.during(pair.station.client.request({ requests: [request], wait: 60 }))
    const { stdout } = await qbg(pair.bridge, 'fault', 'list', '--json')
    expect(faultListAnswer.parse(JSON.parse(stdout)).faults).toMatchObject([
      { rule: { name: 'x', action: 'drop' }, ports: [{ port: 'swp0', applied: 1, spent: true }] },
      { rule: { name: 'late-1', milliseconds: 2000, type: '7:1' }, ports: [{ matched: 0 }] },
    ])
    const status = await qbg(pair.bridge, 'status')
    expect(status.stdout).toMatch(
      /^ {2}on purpose {2}x: drops .*, only the 1st \(done to 1 of \d+, spent\)$/m,
    )
    expect((await qbg(pair.bridge, 'event', 'list', '--type', 'injected')).stdout).toMatch(
      /swp0 {2}on purpose: x: acknowledgement \d+ sent\n$/,
    )
    expect(await qbg(pair.bridge, 'fault', 'clear', 'x')).toMatchObject({ stdout: 'x cleared\n' })
    const cleared = await qbg(pair.bridge, 'fault', 'clear', '--all', '--json')
    expect(faultClearAnswer.parse(JSON.parse(cleared.stdout)).cleared).toEqual(['late-1'])
    expect((await qbg(pair.bridge, 'fault', 'list')).stdout).toMatch(/^no faults on purpose \(seed \d+\)\n$/)
  })

  test.each([
    ['an action there is not', ['explode'], 2, /action.*"drop" or "delay"/],
    ['a value of an action that has none', ['omit', '3'], 2, /omit takes no value/],
    ['a frame kind there is not', ['drop', '--frame', 'x'], 2, /frame: has to be "any" or "lldp"/],
    ['a time that is none', ['delay', 'long'], 2, /milliseconds: "long" is not a time such as 250ms/],
    ['a delay without a time', ['delay'], 2, /milliseconds/],
    ['a VDP error there is not', ['refuse', 'nonsense'], 2, /error: has to be .*"invalid-format"/],
    ['a chance beyond 1', ['drop', '--chance', '2'], 2, /chance: has to be at most 1/],
    ['a sequence without a number', ['sequence'], 2, /needs either "shift" or "number"/],
    ['a rewriting of nothing', ['rewrite'], 2, /needs at least one of "status"/],
    ['a type that is none', ['late', '1s', '--type', 'x'], 2, /type: VSI type "x" is not/],
    ['a VSI that is none', ['omit', '--vsi', 'x'], 2, /vsi: VSI ID "x" is not/],
    ['a port there is not', ['drop', '--port', 'eth9'], 2, /this daemon has no port eth9/],
  ])('%s is refused, and none is set', async (_, argv, status, message) => {
    const refused = await qbg(pair.bridge, 'fault', 'set', ...argv)
    expect(refused).toMatchObject({ status, stdout: '' })
    expect(refused.stderr).toMatch(message)
    expect((await pair.bridge.client.faults()).faults).toEqual([])
  })

  test('a fault there is not cannot be cleared, and "all" has to be said', async () => {
    expect(await qbg(pair.bridge, 'fault', 'clear', 'x')).toMatchObject({ status: 1 })
    expect(await qbg(pair.bridge, 'fault', 'clear')).toMatchObject({ status: 2 })
  })
})

describe('a station that misbehaves', () => {
  test('never repeats what it has: the bridge gives the VSI up', async () => {
    await pair.during(
      pair.station.client.request({
        requests: [associate('7')],
        wait: 60,
      }),
    )
    expect(await qbg(pair.station, 'fault', 'set', 'omit', '--vsi', A)).toMatchObject({ status: 0 })
    pair.clock.advance(6000)
    expect((await pair.bridge.client.vsi(A)).vsi).toMatchObject({
      outcome: 'lost',
      reason: { code: 'keep-alive-timeout' },
    })
  })

  test('decides nothing, and cannot be told to', async () => {
    const { status, stderr } = await qbg(pair.station, 'fault', 'set', 'refuse')
    expect(status).toBe(2)
    expect(stderr).toContain('only a bridge decides')
  })
})

test('faults of the configuration are there from the start', async () => {
  const other = await startPair({
    bridge: {
      faultSeed: 7,
      faults: [{ action: 'drop', name: 'y', frame: 'lldp', direction: 'send' }],
    },
  })
  expect(await other.bridge.client.faults()).toMatchObject({ seed: 7, faults: [{ rule: { name: 'y' } }] })
  expect((await other.station.client.status()).ports[0]?.neighbor).toBeNull()
  await other.close()
})
