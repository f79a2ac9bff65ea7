/** `qbg decode` as a person and a program use it. No privilege, no daemon. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { captureStatsAnswer, type FieldJson, frameAnswer } from '../../src/control/schema/frame.ts'
import { block, classic, enhanced, fields, interfaceBlock, section } from '../support/capture-octets.ts'
import { CAPTURES, EXAMPLE_FRAMES, exampleFrame } from '../support/example-frames.ts'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'qbg-decode-'))
afterAll(() => rmSync(folder, { recursive: true }))

function decode(argv: readonly string[], input?: Uint8Array) {
  const { FORCE_COLOR: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'decode', ...argv], {
    input,
    env,
    maxBuffer: 100e6,
  })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

function file(name: string, octets: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, octets)
  return path
}

const capture = (name: string) => CAPTURES.find((path) => path.includes(`/${name}`))!
const frames = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => frameAnswer.parse(JSON.parse(line)))
const record = (octets: Uint8Array, seconds = 1) => ({ seconds, fraction: 0, octets })

/** Name and value of every field that has one. */
function values(tree: readonly FieldJson[]): [string, unknown][] {
  return tree.flatMap((field) => ('fields' in field ? values(field.fields) : [[field.name, field.value]]))
}

const LIVE = capture('live-ratified')
const VSI = 'fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f'

describe('text', () => {
  it('is one line a frame', () => {
    const { status, stdout, stderr } = decode([LIVE])
    const lines = stdout.trimEnd().split('\n')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(lines[0]).toBe(
      '     1      0.000000  02:00:00:00:0a:01  LLDP     02:00:00:00:0a:01 port 02:00:00:00:0a:01 TTL 120; EVB RRREQ RRSTAT unknown R 3 RTE 14 station RWD 20 RKA 20',
    )
    expect(lines).toContainEqual(
      expect.stringMatching(
        new RegExp(`ECP +request 1; Associate response type 1193046:4 ${VSI} 52:54:00:c7:3e:ce/3$`),
      ),
    )
    expect(lines).toContainEqual(expect.stringMatching(/0a:01 {2}ECP +ack 1$/))
    expect(lines.at(-1)).toMatch(/LLDP .* shutdown$/)
  })

  it('with --verbose is a tree with octets and clauses', () => {
    const { stdout } = decode(['-v', capture('E18')])
    expect(stdout).toMatch(
      /^Frame 1, 0.000000, 116 octets, interface 0\n {2}0-5 +destination: 01:80:c2:00:00:00 +802.3-2018 §3.2$/m,
    )
    expect(stdout).toMatch(/^ {2}44-59 +VSIID: fa9b7fff-[-0-9a-f]+ +802.1Q-2018 §41.2.7$/m)
    expect(stdout).toMatch(/^ {2}111-113 +VM name: VM1/m)
  })

  it('has time, tags, cuts and directions of a pcapng', () => {
    const frame = exampleFrame('E08')
    const tags = Uint8Array.from([0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0xe0, 0x03])
    const tagged = Buffer.concat([frame.subarray(0, 12), tags, frame.subarray(12)])
    const octets = Buffer.concat([
      section('big'),
      interfaceBlock(
        [
          [2, new TextEncoder().encode('swp1')],
          [9, Uint8Array.of(9)],
        ],
        { order: 'big' },
      ),
      enhanced(1_700_000_000_000_000_001n, tagged, { order: 'big', options: [[2, fields('big', [4, 1])]] }),
      enhanced(1_700_000_000_500_000_001n, frame.subarray(0, 50), { order: 'big', originalLength: 71 }),
    ])
    const path = file('tags.pcapng', octets)
    const text = decode([path, '--absolute'])
    expect(text.status).toBe(0)
    expect(text.stdout).toContain('2023-11-14T22:13:20.000000001Z')
    expect(text.stdout).toMatch(/VLAN 100 VLAN 3 request 1; Associate/)
    expect(text.stdout).toMatch(/frame-cut at 50 \[50 of 71 octets\]$/m)
    const [first, second] = frames(decode([path, '--json']).stdout)
    expect(first).toMatchObject({ interfaceName: 'swp1', direction: 'in', captured: 79, protocol: 'ecp' })
    expect(values(first!.fields)).toContainEqual(['vlan.vid', 100])
    expect(second).toMatchObject({ captured: 50, length: 71, faults: [{ code: 'frame-cut', offset: 50 }] })
  })
})

describe('--json', () => {
  it('is of its schema for every frame of the captures, and says every octet', () => {
    const { stdout } = decode(['-', '--json'], classic(EXAMPLE_FRAMES.map((octets) => record(octets))))
    const answers = frames(stdout)
    expect(answers).toHaveLength(EXAMPLE_FRAMES.length)
    for (const { captured, fields } of answers) {
      const seen = new Uint8Array(captured)
      const mark = (tree: readonly FieldJson[]): void => {
        for (const field of tree) {
          if ('fields' in field) mark(field.fields)
          else seen.fill(1, field.offset, field.offset + field.length)
        }
      }
      mark(fields)
      expect(seen.indexOf(0)).toBe(-1)
    }
  })

  it('has what the octets of E16 say', () => {
    const [frame] = frames(decode([capture('E16'), '--json']).stdout)
    expect(values(frame!.fields)).toEqual(
      expect.arrayContaining([
        ['ecp.sequence', 9],
        ['vdp.manager.id', '2001:db8::1'],
        ['vdp.vid', 200],
        ['vdp.keep', true],
        ['vdp.error', 2],
        ['vdp.mac', '52:54:00:c7:3e:d0'],
      ]),
    )
  })

  it('is the same for a frame whatever came before', () => {
    const all = Array.from({ length: 3 }, () => EXAMPLE_FRAMES).flat()
    const together = frames(decode(['-', '--json'], classic(all.map((octets) => record(octets)))).stdout)
    for (const [index, { fields, faults }] of together.entries()) {
      const first = together[index % EXAMPLE_FRAMES.length]!
      expect({ fields, faults }).toEqual({ fields: first.fields, faults: first.faults })
    }
    for (const index of [0, 40, EXAMPLE_FRAMES.length - 1]) {
      const [alone] = frames(decode(['-', '--json'], classic([record(EXAMPLE_FRAMES[index]!)])).stdout)
      expect(alone!.fields).toEqual(together[index + EXAMPLE_FRAMES.length]!.fields)
    }
  })

  it('escapes what a neighbour calls itself', () => {
    const name = Uint8Array.from([0x0a, 0x06, 0x22, 0x5c, 0x1b, 0xc3, 0xa9, 0x0a])
    const frame = exampleFrame('E01')
    const named = Buffer.concat([frame.subarray(0, 36), name, frame.subarray(36)])
    const path = file('name.pcap', classic([record(named)]))
    const [only] = frames(decode([path, '--json']).stdout)
    expect(values(only!.fields)).toContainEqual(['lldp.system-name.text', '"\\\u001bé\n'])
    expect(decode([path]).stdout.split('\n')).toHaveLength(2)
    expect(decode([path, '-v']).stdout).not.toContain('\u001b')
  })
})

describe('--stats', () => {
  it('counts what is there', () => {
    const answer = captureStatsAnswer.parse(JSON.parse(decode([LIVE, '--stats', '--json']).stdout))
    expect(answer).toMatchObject({
      frames: 29,
      malformed: 0,
      protocols: { other: 0, 'ecp-draft': 0 },
      vdp: {
        associate: { requests: 1, granted: 1, refused: 0 },
        deassociate: { requests: 2, granted: 1, refused: 0 },
      },
      lldp: { shutdowns: 2 },
    })
    expect(answer.ports.map(({ mac }) => mac).sort()).toEqual(['02:00:00:00:0a:01', '02:00:00:00:0b:01'])
    expect(decode([LIVE, '--stats']).stdout).toMatch(/^VDP associate +2 {2}1 requests, 1 granted$/m)
  })
})

describe('filters', () => {
  const numbers = (...argv: string[]) =>
    frames(decode([LIVE, '--json', ...argv]).stdout).map(({ number }) => number)
  const total = frames(decode([LIVE, '--json']).stdout)

  it('choose frames by number, protocol, port and VSI, and all have to agree', () => {
    expect(numbers('--frames', '2-3,7')).toEqual([2, 3, 7])
    const ecp = total.filter(({ protocol }) => protocol === 'ecp').map(({ number }) => number)
    expect(numbers('--protocol', 'ecp')).toEqual(ecp)
    const vdp = numbers('--protocol', 'vdp')
    expect(vdp.length).toBe(5)
    expect(numbers('--vsi', VSI.toUpperCase())).toEqual(vdp)
    expect(numbers('--vsi', VSI, '--port', '02-00-00-00-0A-01')).toHaveLength(2)
    expect(numbers('--protocol', 'evb,vdp').length).toBe(total.length - (ecp.length - vdp.length) - 2)
    expect(numbers('--protocol', 'vdp.deassociate')).toHaveLength(3)
    expect(numbers('--protocol', 'evb', '--protocol', 'vdp')).toEqual(numbers('--protocol', 'evb,vdp'))
    const { stdout } = decode(['--protocol', 'vdp', '--frames', '24', LIVE])
    expect(stdout).toMatch(/^ +24 +35.463\d+ /)
  })

  it.each([
    [['--protocol', 'tcp'], /no protocol or field is called "tcp"; there is .*vdp/],
    [['--frames', 'x'], /"x" is no range of frames/],
    [['--frames', '9-2'], /9-2 is empty/],
    [['--vsi', 'abc'], /"abc" is no VSI ID/],
    [['--wrong'], /unknown option/],
    [[LIVE], /too many arguments/],
  ])('that mean nothing are refused: %j', (argv, message) => {
    const { status, stdout, stderr } = decode([LIVE, ...argv])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })
})

describe('what is broken', () => {
  it('a malformed frame is shown up to its fault, and the status is 1', () => {
    const frame = Buffer.from(exampleFrame('E08'))
    frame[37] = 0x60
    const path = file('malformed.pcap', classic([record(frame), record(exampleFrame('E01'))]))
    const text = decode([path])
    expect(text.status).toBe(1)
    expect(text.stdout).toMatch(/request 1; Associate {2}! tlv-truncated at 36$/m)
    expect(decode([path, '-v']).stdout).toMatch(/! tlv-truncated at octet 36, 802.1Q-2018 §41.1$/m)
    expect(frames(decode([path, '--json', '--malformed']).stdout)).toMatchObject([
      { number: 1, faults: [{ code: 'tlv-truncated', offset: 36, clause: '802.1Q-2018 §41.1' }] },
    ])
    expect(decode([path, '--protocol', 'lldp']).status).toBe(0)
  })

  it('a file gives what it has, says where it ends, and the status is 2', () => {
    const octets = readFileSync(LIVE)
    const path = file('cut.pcap', octets.subarray(0, 1000))
    for (const options of [[], ['--json'], ['-v'], ['--stats']]) {
      const { status, stdout, stderr } = decode([path, ...options])
      expect(status).toBe(2)
      expect(stdout).not.toBe('')
      if (!options.includes('--json'))
        expect(stderr).toMatch(/cut.pcap: the file ends within packet 1\d, at octet 1000/)
    }
    const lines = decode([path, '--json']).stdout.trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      schema: 'qbg/v1/error',
      error: { code: 'bad-capture' },
    })
  })

  it.each([
    ['nothing.pcap', undefined, /there is no such file/],
    ['text.pcap', Buffer.from('this is no capture'), /neither pcap nor pcapng/],
    ['empty.pcap', Buffer.alloc(0), /the file is empty/],
  ])('%s is refused', (name, octets, message) => {
    const path = octets === undefined ? join(folder, name) : file(name, octets)
    const { status, stdout, stderr } = decode([path])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  it('other link types and protocols are shown, not decoded', () => {
    const arp = Buffer.from('ffffffffffff0200000000010806000108000604', 'hex')
    const path = file('other.pcap', classic([record(arp)]))
    expect(decode([path]).stdout).toMatch(/02:00:00:00:00:01 {2}ARP$/m)
    const wireless = file('wireless.pcap', classic([record(arp)], { linkType: 105 }))
    expect(decode([wireless, '-v'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('link type 105 is not decoded'),
    })
  })
})

describe('sources', () => {
  it('standard input and gzip are read', () => {
    const plain = decode([LIVE]).stdout
    expect(decode(['-'], readFileSync(LIVE)).stdout).toBe(plain)
    expect(decode(['-'], gzipSync(readFileSync(LIVE))).stdout).toBe(plain)
    expect(decode([file('live.gz', gzipSync(readFileSync(LIVE)))]).stdout).toBe(plain)
  })

  it('an empty capture is no mistake', () => {
    expect(decode([file('none.pcap', classic([]))])).toEqual({ status: 0, stdout: '', stderr: '' })
    const blocks = Buffer.concat([section(), block(99, Buffer.alloc(8))])
    expect(decode([file('none.pcapng', blocks)])).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})
