import { describe, expect, test } from 'vitest'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import { settingsFromOptions } from '../../src/cli/daemon-options.ts'
import { daemonSettings } from '../../src/control/schema/daemon-settings.ts'
import { mergeSettings, planPorts, portConfig } from '../../src/daemon/settings.ts'

describe('what a port runs with', () => {
  test('the defaults, and the names it goes by', () => {
    const { lldp, evb, vdp } = portConfig('eth0', {})
    expect({ evb, vdp }).toEqual({ evb: DEFAULT_PORT_CONFIG.evb, vdp: DEFAULT_PORT_CONFIG.vdp })
    expect(lldp.portDescription).toBe('eth0')
    expect(lldp.systemName).not.toBe('')
  })

  test("the port's own settings over those of all ports", () => {
    const settings = { evb: { rte: 10, rwd: 18 }, ports: { eth0: { evb: { rte: 12 } } } }
    expect(portConfig('eth0', settings).evb.local).toEqual({ r: 3, rte: 12, rwd: 18, rka: 20 })
    expect(portConfig('eth1', settings).evb.local).toEqual({ r: 3, rte: 10, rwd: 18, rka: 20 })
  })

  test('the command line over both', () => {
    const file = { evb: { rte: 10, r: 1 }, ports: { eth0: { evb: { rte: 12 } } } }
    const merged = mergeSettings(file, { evb: { rte: 9 } })
    expect(portConfig('eth0', merged).evb.local).toMatchObject({ rte: 9, r: 1 })
  })
})

describe('which ports a daemon has', () => {
  test('those named, or else those of the file with that role', () => {
    const settings = { ports: { a: null, b: { role: 'bridge' as const }, c: {} } }
    expect(planPorts('station', ['x'], settings).map(({ name }) => name)).toEqual(['x'])
    expect(planPorts('station', [], settings).map(({ name }) => name)).toEqual(['a', 'c'])
    expect(planPorts('bridge', [], settings).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['none', [], {}, 'needs at least one interface'],
    ['one twice', ['a', 'b', 'a'], {}, 'interface a is given twice'],
    [
      'one of the other role',
      ['a'],
      { ports: { a: { role: 'bridge' as const } } },
      'interface a is a bridge in the configuration file',
    ],
  ])('%s is refused', (_, names, settings, message) => {
    expect(() => planPorts('station', names, settings)).toThrow(message)
  })
})

describe('options of qbg station and qbg bridge', () => {
  test('stand for settings of the file', () => {
    const options = {
      rte: '12',
      relay: false,
      groupIds: true,
      policy: '5,7:2',
      assignVid: '9',
      logLevel: 'debug',
    }
    expect(daemonSettings.parse(settingsFromOptions(options))).toEqual({
      evb: { rte: 12, reflectiveRelay: false, groupId: true },
      policy: { types: [{ typeId: 5 }, { typeId: 7, typeVersion: 2 }], assignVid: 9 },
      logLevel: 'debug',
    })
  })

  test('that are absent say nothing', () => {
    expect(settingsFromOptions({ relay: true, json: true, config: 'x' })).toEqual({})
  })
})
