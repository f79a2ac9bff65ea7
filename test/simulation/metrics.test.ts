/** What Prometheus and SNMP people read, of a station and a bridge that have associated a VSI. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COUNTERS } from '../../protocol/engine/counters.ts'
import { metricName, renderMetrics } from '../../src/control/metrics.ts'
import { isLoopback, parseMetricsAddress } from '../../src/control/metrics-address.ts'
import { type MetricsServer, serveMetrics } from '../../src/control/metrics-server.ts'
import { faultRules } from '../../src/control/schema/fault.ts'
import { statusAnswer } from '../../src/control/schema/status.ts'
import { type Pair, startPair } from '../support/daemons.ts'

const A = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
let pair: Pair
let server: MetricsServer

beforeAll(async () => {
  pair = await startPair()
  pair.bridge.daemon.agent.setFaults(faultRules.parse([{ action: 'drop', frame: 'ack', nth: 1, name: 'x' }]))
  const request = {
    mode: 'associate' as const,
    id: A,
    typeId: 5,
    filter: ['52:54:00:11:22:33/200', '52:54:00:11:22:34/7'],
  }
  await pair.during(pair.station.client.request({ requests: [request], wait: 60 }))
  pair.clock.advance(1000)
  server = await serveMetrics(pair.bridge.daemon.agent, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close()
  await pair.close()
})

const scrape = (path = '/metrics', init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init)

/** Every line is a comment or a sample; values by name and labels. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>()
  let name = ''
  for (const line of text.trimEnd().split('\n')) {
    const head = /^# (?:HELP|TYPE) ([a-z_]+) .+$/.exec(line)
    if (head) name = head[1]!
    else {
      const sample = /^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})? (-?[\d.e+]+)$/.exec(line)
      expect(sample?.[1], line).toBe(name)
      expect(samples.has(`${name}${sample?.[2] ?? ''}`), line).toBe(false)
      samples.set(`${name}${sample?.[2] ?? ''}`, Number(sample?.[3]))
    }
  }
  return samples
}

describe('metrics', () => {
  test('are served as text that every line of which is what the format has', async () => {
    const response = await scrape()
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const samples = parse(await response.text())
    expect(Object.fromEntries(samples)).toMatchObject({
      'qbg_port_link_up{port="swp0"}': 1,
      'qbg_port_evb_neighbor{port="swp0"}': 1,
      'qbg_port_relay_active{port="swp0"}': 1,
      'qbg_vsis{port="swp0",state="associated"}': 1,
      'qbg_vsis{port="swp0",state="none"}': 0,
      'qbg_ecp_rx_duplicate_total{port="swp0"}': 1,
      'qbg_faults_injected_total{port="swp0",fault="x"}': 1,
      'qbg_vdp_commands_succeeded_total{port="swp0"}': 1,
    })
    const [port] = pair.bridge.daemon.agent.status().ports
    expect(samples.get('qbg_frames_total{port="swp0",direction="sent"}')).toBe(port?.frames.sent)
    expect(port?.frames.sent).toBeGreaterThan(3)
    for (const counter of COUNTERS) {
      expect(samples.get(`${metricName(counter)}{port="swp0"}`)).toBe(port?.counters[counter])
    }
  })

  test('have names of their own, as Prometheus wants them', () => {
    const names = COUNTERS.map(metricName)
    expect(new Set(names).size).toBe(COUNTERS.length)
    for (const name of names) expect(name).toMatch(/^qbg_(lldp|ecp|vdp|frames)_[a-z_]+_total$/)
    expect(metricName('statsTLVsUnrecognizedTotal')).toBe('qbg_lldp_tlvs_unrecognized_total')
  })

  test('escape what a label may hold', () => {
    const status = pair.bridge.daemon.agent.status()
    const named = { ...status, ports: status.ports.map((port) => ({ ...port, name: 'a"b\\c\nd' })) }
    const text = renderMetrics(named, { cpuSeconds: 1.5, residentBytes: 1 })
    expect(text).toContain('qbg_port_link_up{port="a\\"b\\\\c\\nd"} 1\n')
    parse(text)
  })

  test('are at one path, and only to be read', async () => {
    expect((await scrape('/')).status).toBe(404)
    expect((await scrape('/v1/status')).status).toBe(404)
    expect((await scrape('/metrics', { method: 'POST', body: 'x' })).status).toBe(405)
    expect((await scrape('/metrics?x=1')).status).toBe(200)
  })

  test('cannot be served twice at one address', async () => {
    const address = { host: '127.0.0.1', port: server.port }
    await expect(serveMetrics(pair.bridge.daemon.agent, address)).rejects.toMatchObject({
      code: 'metrics-address',
      message: expect.stringContaining('EADDRINUSE'),
    })
  })

  test.each([
    ['9100', { host: '127.0.0.1', port: 9100 }, true],
    [9100, { host: '127.0.0.1', port: 9100 }, true],
    ['192.0.2.1:80', { host: '192.0.2.1', port: 80 }, false],
    ['[::1]:9100', { host: '::1', port: 9100 }, true],
    ['0.0.0.0:9100', { host: '0.0.0.0', port: 9100 }, false],
  ])('address %s', (text, address, loopback) => {
    expect(parseMetricsAddress(text)).toEqual({ ok: true, value: address })
    expect(isLoopback(address)).toBe(loopback)
  })

  test.each(['', '0', '65536', 'localhost:9100', '::1:9100', '127.0.0.1', 'x'])('no address: %s', (text) => {
    expect(parseMetricsAddress(text)).toMatchObject({ ok: false })
  })
})

describe('IEEE8021-EVB-MIB', () => {
  test('a bridge has rows of SBPs, a station of URPs, both of ECP', async () => {
    const bridge = statusAnswer.parse(await pair.bridge.client.status())
    const [port] = bridge.ports
    expect(bridge.mib).toMatchObject({
      Sys: { SysType: 1, SysNumExternalPorts: 1, SysEcpMaxRetries: 3, SysEcpDfltAckTimerExp: 14 },
      SbpTable: [{ SbpPortNumber: 1, SbpVdpOperRsrcWaitDelayExp: 20, SbpLldpManual: false }],
      URPTable: [],
      EcpTable: [{ EcpPort: 1, EcpTxFrameCount: port?.counters.EcpTxFrameCount, EcpOperMaxRetries: 3 }],
    })
    expect(bridge.mib.VSIDBTable).toBeUndefined()
    const station = await pair.station.client.status()
    expect(station.mib).toMatchObject({ Sys: { SysType: 2 }, SbpTable: [], URPTable: [{ URPPort: 1 }] })
    // 1.5 x (2^20 x 10 us + 7 x 2^14 x 10 us)
    expect(station.mib.URPTable[0]?.URPVdpOperRespWaitDelay).toBe(1.5 * (2 ** 20 * 10 + 7 * 2 ** 14 * 10))
  })

  test('VSIs come when they are asked for, with their MAC rows', async () => {
    const { mib } = statusAnswer.parse(await pair.bridge.client.status(true))
    expect(mib.VSIDBTable).toMatchObject([
      {
        VSIComponentID: 1,
        VSIPortNumber: 1,
        VSIIDType: 5,
        VSIID: A.replaceAll('-', ''),
        VDPMachineState: 3,
        VSINumMACs: 2,
        VSIDBMacTable: [{ VSIVlanId: 200 }, { VSIVlanId: 7 }],
      },
    ])
  })
})
