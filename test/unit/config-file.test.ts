import { describe, expect, test } from 'vitest'
import { ControlError } from '../../src/control/control-error.ts'
import { parseConfig, readConfigFile } from '../../src/daemon/config-file.ts'

function mistakes(...lines: string[]): string {
  try {
    parseConfig(lines.join('\n'), 'qbg.yaml')
  } catch (error) {
    if (error instanceof ControlError && error.code === 'bad-config') return error.message
    throw error
  }
  return 'accepted'
}

describe('the configuration file', () => {
  test('every setting is read', () => {
    const settings = parseConfig(
      [
        'control: /run/x.sock',
        'logLevel: debug',
        'evb: { r: 2, rte: 12, rwd: 21, rka: 19, reflectiveRelay: false, groupId: true }',
        'lldp:',
        '  msgTxInterval: 5',
        '  managementAddress: 192.0.2.1',
        'vdp: { pacing: never }',
        'policy: { types: [5, "7:2"], assignVid: none }',
        'resources: { vsis: 9, bandwidth: 10gbit }',
        'ports:',
        '  eth0:',
        '  eth1: { role: bridge, evb: { rte: 10 } }',
      ].join('\n'),
      'qbg.yaml',
    )
    expect(settings.policy).toEqual({
      types: [{ typeId: 5 }, { typeId: 7, typeVersion: 2 }],
      assignVid: 'none',
    })
    expect(settings.ports).toEqual({ eth0: null, eth1: { role: 'bridge', evb: { rte: 10 } } })
    expect(settings.evb?.rte).toBe(12)
    expect(settings.resources).toEqual({ vsis: 9, bandwidth: 1e10 })
  })

  test('where VSI types come from: a file, or more', () => {
    expect(parseConfig('types: types.yaml', 'qbg.yaml').types).toBe('types.yaml')
    const text = 'types: { file: t.yaml, managers: [{ id: 192.0.2.7, url: "https://m/x", timeout: 0.5 }] }'
    expect(parseConfig(text, 'qbg.yaml').types).toEqual({
      file: 't.yaml',
      managers: [{ id: '00000000000000000000ffffc0000207', url: 'https://m/x', timeout: 0.5 }],
    })
  })

  test('what only the other role knows is a mistake, unless the file serves both', () => {
    const forStation = (text: string) => () => parseConfig(text, 'qbg.yaml', 'station')
    expect(forStation('evb: {}\npolicy: accept-all')).toThrow(/^qbg.yaml:2:1: policy: is for a bridge/)
    expect(() => parseConfig('libvirt: { enabled: true }', 'qbg.yaml', 'bridge')).toThrow(
      /:1:1: libvirt: is for a station/,
    )
    expect(forStation('policy: accept-all\nports: { swp1: { role: bridge } }')).not.toThrow()
  })

  test('an alias without an anchor and a second document have their line', () => {
    expect(mistakes('evb: { r: 2 }', 'lldp: *nothing')).toBe(
      'qbg.yaml:2:7: there is no anchor &nothing before *nothing',
    )
    expect(mistakes('evb: { r: 2 }', '---', 'evb: {}')).toBe(
      'qbg.yaml:2:1: a second document begins here (---); a file has one',
    )
  })

  test('a key that is there twice has its line, in flow maps too', () => {
    expect(mistakes('evb: { r: 2 }', 'lldp: {}', 'evb: {}')).toBe('qbg.yaml:3:1: a second key "evb"')
    expect(mistakes('evb: { r: 2, "r": 3 }')).toBe('qbg.yaml:1:14: a second key "r"')
  })

  test('an anchor is good from its own place on', () => {
    expect(
      parseConfig('ports: { eth0: &one { evb: { r: 2 } }, eth1: *one }', 'qbg.yaml').ports?.eth1,
    ).toEqual({
      evb: { r: 2 },
    })
    expect(mistakes('evb: *one', 'lldp: &one {}')).toBe('qbg.yaml:1:6: there is no anchor &one before *one')
  })

  test('thousands of keys, anchors and aliases are read in one walk, not each against all', () => {
    const names = Array.from({ length: 5000 }, (_, index) => index)
    const text = names.map((name) => `  a${name}: &x${name} {}\n  b${name}: *x${name}`).join('\n')
    const start = performance.now()
    expect(Object.keys(parseConfig(`ports:\n${text}`, 'qbg.yaml').ports ?? {})).toHaveLength(10_000)
    expect(performance.now() - start).toBeLessThan(10_000) // it took 40 s
  })

  test('an empty file says nothing', () => {
    expect(parseConfig('# nothing\n', 'qbg.yaml')).toEqual({})
    expect(parseConfig('evb:\n  # rte: 14\nports:\n', 'qbg.yaml')).toEqual({})
  })

  test.each<[string, string[], string]>([
    ['a value out of range', ['evb:', '  rte: 40'], 'qbg.yaml:2:3: evb.rte: has to be at most 31, not 40'],
    ['text for a number', ['evb:', '  rte: soon'], 'qbg.yaml:2:3: evb.rte: has to be a number, not "soon"'],
    [
      'a fraction',
      ['lldp: { msgTxInterval: 1.5 }'],
      'qbg.yaml:1:9: lldp.msgTxInterval: has to be a whole number, not 1.5',
    ],
    ['text for a flag', ['evb: { groupId: maybe }'], 'evb.groupId: has to be true or false, not "maybe"'],
    [
      'another word',
      ['vdp:', '  pacing: slow'],
      'qbg.yaml:2:3: vdp.pacing: has to be "auto" or "always" or "never", not "slow"',
    ],
    [
      'a wrong address',
      ['lldp: { managementAddress: here }'],
      'has to be an IPv4 address or an IPv6 address or a MAC address, not "here"',
    ],
    ['a list for keys', ['evb: [1]'], 'qbg.yaml:1:1: evb: has to be keys with values, not [1]'],
    ['text for everything', ['hello'], 'qbg.yaml:1:1: has to be keys with values, not "hello"'],
    [
      'a type that is none',
      ['policy:', '  types:', '    - 5', '    - x'],
      'qbg.yaml:4:7: policy.types[1]: VSI type "x" is not ID or ID:VERSION',
    ],
    [
      'a policy that is none',
      ['policy: accept-some'],
      'has to be "accept-all" or keys with values, not "accept-some"',
    ],
    ['VID 4095', ['policy: { assignVid: 4095 }'], 'policy.assignVid: has to be at most 4094, not 4095'],
    [
      'a role that is none',
      ['ports:', '  eth0:', '    role: switch'],
      'qbg.yaml:3:5: ports.eth0.role: has to be "station" or "bridge", not "switch"',
    ],
    [
      'a list of types beside a file of them',
      ['policy: { types: [5] }', 'types: types.yaml'],
      'qbg.yaml:1:11: policy.types: names the known types, and so does the section "types"',
    ],
    [
      'a manager without an address',
      ['types:', '  managers:', '    - id: 0', '      url: here'],
      'qbg.yaml:4:7: types.managers[0].url: has to be an http:// or https:// address',
    ],
    [
      'a manager twice',
      ['types:', '  managers:', '    - { id: 0, url: "http://a" }', '    - { id: "0", url: "http://b" }'],
      'qbg.yaml:4:9: types.managers[1].id: is there twice',
    ],
    [
      'a default manager that is none',
      ['types: { managers: [{ id: 1, url: "http://a" }], defaultManager: 2 }'],
      'types.defaultManager: is none of the managers',
    ],
    [
      'a bandwidth that is none',
      ['resources: { bandwidth: much }'],
      'resources.bandwidth: rate "much" is not a number of bits a second',
    ],
    ['a null', ['evb:', '  rte:'], 'qbg.yaml:2:3: evb.rte: has to be a number, not null'],
  ])('%s is named by line, key, value and what is accepted', (_, lines, message) => {
    expect(mistakes(...lines)).toContain(message)
  })

  test('an unknown key is answered with the one that was meant and those there are', () => {
    expect(mistakes('evb:', '  rte: 14', '  rwt: 20')).toMatch(
      /^qbg\.yaml:3:3: evb\.rwt: unknown key "rwt", did you mean "r\w+"\? \(accepted here: .*\brwd, rka\)$/,
    )
    expect(mistakes('lldpp: {}')).toContain('unknown key "lldpp", did you mean "lldp"?')
    expect(mistakes('ports:', '  eth0: { evb: { reflectiverelay: true } }')).toContain(
      'did you mean "reflectiveRelay"?',
    )
    expect(mistakes('quantum: 1')).toMatch(/unknown key "quantum" \(accepted here: /)
  })

  test('several mistakes are told at once, each with its line', () => {
    const lines = mistakes('evb:', '  rte: 40', '  r: 9', 'x: 1', 'y: 2').split('\n')
    expect(lines.map((line) => line.split(':')[1])).toEqual(['2', '3', '4', '5'])
  })

  test.each([
    ['an open bracket', ['evb: {', '  rte: 14'], /^qbg\.yaml:\d+:\d+: not valid YAML: /],
    ['a tab', ['evb:', '\trte: 1'], /^qbg\.yaml:2:\d+: not valid YAML: /],
  ])('broken YAML (%s) is named by line', (_, lines, message) => {
    expect(mistakes(...lines)).toMatch(message)
  })

  test('a file that is not there is said to be so', () => {
    expect(() => readConfigFile('/nonexistent/qbg.yaml')).toThrow(
      '/nonexistent/qbg.yaml: there is no such file',
    )
  })
})
