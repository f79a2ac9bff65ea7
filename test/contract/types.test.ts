/** `qbg type` and a bridge that decides by a file of VSI types, as a person uses them together. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { errorAnswer } from '../../src/control/schema/envelope.ts'
import { statusAnswer } from '../../src/control/schema/status.ts'
import { vsiTypeAnswer, vsiTypeListAnswer } from '../../src/control/schema/vsi-type.ts'
import { runQbg, startQbg } from '../support/cli.ts'
import { type Pair, startPair } from '../support/daemons.ts'

const A = 'fa9b7fff-b0a0-4893-8abc-0123456789aa'
const B = 'fa9b7fff-b0a0-4893-8abc-0123456789bb'
const MAC = '52:54:00:11:22:33'

let directory: string
let path: string
beforeEach(() => {
  directory ??= mkdtempSync(join(tmpdir(), 'qbg-'))
  path = join(directory, 'types.yaml')
})
afterAll(() => rmSync(directory, { recursive: true }))

describe('qbg type', () => {
  const qbg = (...argv: string[]) => runQbg(['type', ...argv], { QBG_TYPES: path })
  beforeEach(() => rmSync(path, { force: true }))

  test('add, list, show, remove: what is written is what a person would write', async () => {
    const options = ['--name', 'web', '--vlan', '100', '200-299', '--mac', '52:54:00', '--assign', '100@3']
    const more = ['--group', '5000=300@5', '6000', '--max-vsis', '9', '--rate', '100mbit', '--burst', '64kb']
    expect(await qbg('add', '5:1', ...options, ...more, '--valid-until', '2099-01-01')).toEqual({
      status: 0,
      stdout: `type 5:1 is in ${path}\n`,
      stderr: '',
    })
    expect(readFileSync(path, 'utf8')).toMatch(/^types:\n {2}- id: 5\n {4}version: 1\n {4}name: "web"\n/)
    await qbg('add', '6', '--manager', '11')
    expect((await qbg('list')).stdout).toMatch(
      /^TYPE .*\n5:1 +0 +web +100, 200-299 +52:54:00 +100@3 +9 +100mbit\n6:\* +11 +- +any +any +- +- +-\n$/,
    )
    expect((await qbg('show', '5:1')).stdout).toMatch(/^groups +5000 gets 300@5, 6000 gets -$/m)
    expect((await qbg('show', '6:7', '--manager', '11')).stdout).toMatch(/^type +6:\*\nmanager +11$/m)
    expect(await qbg('remove', '5:1')).toMatchObject({ status: 0 })
    expect(await qbg('show', '5:1')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/has no type 5:1\nhint: /),
    })
  })

  test('a type that is there is changed only when that is said', async () => {
    await qbg('add', '5', '--name', 'old', '--vlan', '1')
    const again = await qbg('add', '5', '--name', 'new', '--json')
    expect(again.status).toBe(1)
    expect(errorAnswer.parse(JSON.parse(again.stdout)).error.code).toBe('type-exists')
    expect(await qbg('add', '5', '--name', 'new', '--replace')).toMatchObject({ status: 0 })
    expect(readFileSync(path, 'utf8')).toBe('types:\n  - id: 5\n    name: "new"\n')
  })

  test('--json gives the schemas of a VSI manager', async () => {
    const added = await qbg('add', '5:1', '--vlan', '1-9', '--json')
    expect(vsiTypeAnswer.parse(JSON.parse(added.stdout)).type).toMatchObject({ id: 5, version: 1 })
    const listed = vsiTypeListAnswer.parse(JSON.parse((await qbg('list', '--json')).stdout))
    expect(listed.types).toEqual([{ id: 5, version: 1, vlans: [{ first: 1, last: 9 }] }])
    expect(vsiTypeAnswer.parse(JSON.parse((await qbg('show', '5:1', '--json')).stdout)).type).toEqual(
      listed.types[0],
    )
  })

  test('check names each mistake by line, and ends with 2', async () => {
    writeFileSync(path, 'types:\n  - id: 5\n    vlan: 1\n  - { id: 5 }\n  - { id: 6, macs: [xx] }\n')
    const checked = await qbg('check', path)
    expect(checked).toMatchObject({ status: 2, stdout: '' })
    expect(checked.stderr.split('\n').slice(0, 2)).toEqual([
      expect.stringContaining(`${path}:3:5: types[0].vlan: unknown key "vlan", did you mean "vlans"?`),
      expect.stringContaining(`${path}:5:21: types[2].macs[0]: MAC "xx" is not an address`),
    ])
    writeFileSync(path, 'types: []\n"\\e[2J": 1\n')
    expect((await qbg('check', path)).stderr).toContain('unknown key "\ufffd[2J"')
    writeFileSync(path, 'types: [{ id: 5 }]')
    expect(await qbg('check')).toEqual({ status: 0, stdout: `${path}: 1 VSI type\n`, stderr: '' })
  })

  test.each<[string, string[], string]>([
    ['a type that is none', ['add', 'x'], 'VSI type "x" is not ID or ID:VERSION'],
    ['a VLAN that is none', ['add', '5', '--vlan', '5000'], 'vlans[0]: VLAN "5000" is not a VID'],
    ['a rate that is none', ['add', '5', '--rate', 'fast'], 'bandwidth.rate: rate "fast" is not'],
    ['a burst by itself', ['add', '5', '--burst', '1kb'], '--burst goes with --rate'],
    [
      'an assignment that is none',
      ['add', '5', '--assign', '100@9'],
      'assign.pcp: has to be at most 7, not 9',
    ],
    ['a group that is none', ['add', '5', '--group', 'x=1'], 'groups.x: group ID "x" is not a number'],
    ['a time that is none', ['add', '5', '--valid-from', 'soon'], 'validFrom: time "soon" is not a day'],
    ['a name that steers a terminal', ['add', '5', '--name', 'a\u001b[31m'], 'name: is one line of text'],
    ['a place that is none', ['serve', '--listen', 'x:y'], '--listen "x:y" is not HOST:PORT or PORT'],
  ])('%s is refused with 2', async (_, argv, message) => {
    writeFileSync(path, 'types: []\n')
    const refused = await qbg(...argv)
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toContain(message)
    expect(readFileSync(path, 'utf8')).toBe('types: []\n')
  })

  test('serve answers on the place it prints, and ends well on Ctrl-C', async () => {
    writeFileSync(path, 'types: [{ id: 5, name: web }]')
    const serving = startQbg(['type', 'serve', path, '--listen', '0'])
    const said = await serving.says(/\n/)
    expect(said).toContain(`1 VSI types of ${path} on http://127.0.0.1:`)
    const url = /http:\S+/.exec(said)![0]
    const answer = await (await fetch(`${url}/v1/vsi-types/0/5/9`)).json()
    expect(vsiTypeAnswer.parse(answer).type).toEqual({ id: 5, name: 'web' })
    serving.child.kill('SIGINT')
    expect((await serving.ended).status).toBe(0)
  })
})

describe('a bridge with a file of types', () => {
  let pair: Pair
  const station = (...argv: string[]) => pair.during(runQbg(argv, { QBG_CONTROL: pair.station.path }))
  const bridge = (...argv: string[]) => pair.during(runQbg(argv, { QBG_CONTROL: pair.bridge.path }))
  const associate = (id: string, type: string, filter: string) =>
    station('vsi', 'associate', '--id', id, '--type', type, '--filter', filter)
  const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 20 })
  const stateOf = async (id: string) => (await pair.station.client.vsi(id)).vsi.state

  beforeAll(async () => {
    directory ??= mkdtempSync(join(tmpdir(), 'qbg-'))
    path = join(directory, 'types.yaml')
    writeFileSync(
      path,
      'types:\n  - { id: 5, vlans: ["100-199"], assign: { vid: 100, pcp: 3 }, maxVsis: 1 }\n',
    )
    pair = await startPair({ bridge: { types: path, resources: { vsis: 2, bandwidth: 1e9 } } })
  })
  afterAll(() => pair.close())
  afterEach(async () => {
    for (const id of [A, B]) await station('vsi', 'deassociate', id)
  })

  test('fills in what is open, and refuses what is not allowed with the reason on its own side', async () => {
    expect((await associate(A, '5', MAC)).stdout).toContain(`associated  ${MAC}/100@3`)
    const refused = await associate(B, '5', `${MAC}/200`)
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/VDP error 5/) })
    expect((await bridge('vsi', 'show', B)).stdout).toMatch(
      /^reason +type 5 does not allow VLAN 200 \(VDP error 5, Hard\)$/m,
    )
    expect((await associate(B, '5', `${MAC}/101`)).stderr).toMatch(/VDP error 2/)
    expect((await bridge('vsi', 'show', B)).stdout).toMatch(
      /type 5 has 1 VSIs, as many as it may have \(VDP error 2\)/,
    )
    expect((await associate(B, '7', `${MAC}/101`)).stderr).toMatch(/VDP error 4/)
    const manager = await station(
      'vsi',
      'associate',
      '--id',
      B,
      '--type',
      '5',
      '--filter',
      '7',
      '--manager',
      '11',
    )
    expect(manager.stderr).toMatch(/could not reach the VSI manager \(VDP error 3\)/)
  })

  test('a refused change keeps what was there', async () => {
    await associate(A, '5', MAC)
    const changed = await associate(A, '5', `${MAC}/200`)
    expect(changed).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('what was associated before stays'),
    })
    expect((await pair.station.client.vsi(A)).vsi).toMatchObject({
      state: 'associated',
      filter: [`${MAC}/100@3`],
    })
  })

  test('status shows the file, the types in use and the resources', async () => {
    await associate(A, '5', MAC)
    const { stdout } = await bridge('status')
    expect(stdout).toContain(`VSI types: 1 of ${path}, read `)
    expect(stdout).toMatch(/^ {2}type 5:\* +1 VSIs +1 of 1 with resources$/m)
    expect(stdout).toMatch(/^ {2}resources +1 of 2 VSIs, 0bit of 1gbit$/m)
    const { types, ports } = statusAnswer.parse(JSON.parse((await bridge('status', '--json')).stdout))
    expect(types?.inUse).toEqual([
      { manager: '0', id: 5, version: null, name: null, vsis: 1, holding: 1, maxVsis: 1 },
    ])
    expect(ports[0]?.resources).toEqual({ vsis: 1, maxVsis: 2, bandwidth: 0, maxBandwidth: 1e9 })
    expect((await station('status')).stdout).not.toContain('VSI types')
  })

  test('qbg type edits the file of the running bridge, and who may not stay is told', async () => {
    await associate(A, '5', MAC)
    expect(await bridge('type', 'add', '6', '--vlan', '7')).toMatchObject({ status: 0 })
    await until(async () => expect((await pair.bridge.client.status()).types?.file?.types).toBe(2))
    expect((await associate(B, '6', 'any')).stdout).toContain('associated  7')
    expect(await bridge('type', 'remove', '5')).toMatchObject({ status: 0 })
    await until(async () => {
      pair.clock.advance(10)
      expect(await stateOf(A)).toBe('none')
    })
    expect(await stateOf(B)).toBe('associated')
    expect((await bridge('vsi', 'show', A)).stdout).toMatch(/^reason +type 5:0 is not known$/m)
    expect((await station('vsi', 'show', A)).stdout).toMatch(/^reason +the switch de-associated the VSI$/m)
    writeFileSync(
      path,
      'types:\n  - { id: 5, vlans: ["100-199"], assign: { vid: 100, pcp: 3 }, maxVsis: 1 }\n',
    )
    await until(async () => expect((await pair.bridge.client.status()).types?.file?.types).toBe(1))
  })

  test('a broken edit changes nothing and shows in status', async () => {
    await associate(A, '5', MAC)
    const good = readFileSync(path, 'utf8')
    writeFileSync(path, 'types:\n  - { id: 5, vlanz: [1] }\n')
    await until(async () =>
      expect((await pair.bridge.client.status()).types?.file?.problem).toMatch(
        /:2:14: .*unknown key "vlanz"/,
      ),
    )
    expect(await stateOf(A)).toBe('associated')
    expect((await bridge('status')).stdout).toMatch(/^ {2}! as it is now it is not in force: .*vlanz/m)
    writeFileSync(path, good)
    await until(async () => expect((await pair.bridge.client.status()).types?.file?.problem).toBeNull())
  })
})

describe('a bridge with a VSI manager', () => {
  test('asks it for types of its ID and of manager 0; error 3 when it is gone, and the others go on', async () => {
    const types = join(directory, 'served.yaml')
    writeFileSync(types, 'types: [{ id: 5, vlans: [40] }]')
    const serving = startQbg(['type', 'serve', types, '--listen', '0'])
    const url = /http:\S+/.exec(await serving.says(/\n/))![0]
    const id = parseManagerId('192.0.2.7')!
    const managers = [{ id, url, timeout: 1, refresh: 0.01 }]
    const pair = await startPair({ bridge: { types: { managers, defaultManager: id } } })
    const ask = (vsi: string, manager: string) =>
      pair.during(
        runQbg(['vsi', 'associate', '--id', vsi, '--type', '5:1', '--manager', manager, '--filter', MAC], {
          QBG_CONTROL: pair.station.path,
        }),
      )
    expect((await ask(A, '0')).stdout).toContain(`associated  ${MAC}/40`)
    expect((await ask(B, '192.0.2.7')).stdout).toContain(`associated  ${MAC}/40`)
    expect((await ask(B, '11')).stderr).toContain('VDP error 3')
    serving.child.kill('SIGTERM')
    await serving.ended
    pair.clock.advance(100)
    const gone = await ask(B.replace('bb', 'cc'), '0')
    expect(gone).toMatchObject({ status: 1, stderr: expect.stringContaining('VDP error 3') })
    const { vsi } = await pair.bridge.client.vsi(B.replace('bb', 'cc'))
    expect(vsi.reason?.text).toBe(`type 5:1: VSI manager ${url}: connection refused (VDP error 3)`)
    expect((await pair.station.client.vsi(A)).vsi.state, 'who has it keeps it').toBe('associated')
    const { types: state } = await pair.bridge.client.status()
    expect(state?.managers).toMatchObject([
      { id: '::ffff:192.0.2.7', default: true, problem: 'connection refused' },
    ])
    await pair.close()
  })
})
