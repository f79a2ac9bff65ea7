/** `qbg replay` as a person and CI use it. No privilege, no daemon. */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { verdictAnswer } from '../../src/control/schema/verdict.ts'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const PCAPS = fileURLToPath(new URL('../../pcaps', import.meta.url))
const FAULTY = 'live-ratified-station-bridge.pcap'
const CLEAN = 'E08-ecp-vdp-assoc-request.pcap'

const base = mkdtempSync(join(tmpdir(), 'qbg-replay-'))
let folder: string
let runs = 0
beforeEach(() => {
  folder = join(base, String(++runs))
  mkdirSync(folder)
})
afterAll(() => rmSync(base, { recursive: true }))

function replay(argv: readonly string[], input?: Uint8Array, environment: NodeJS.ProcessEnv = {}) {
  const { FORCE_COLOR: _, GITHUB_ACTIONS: __, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'replay', ...argv], {
    input,
    env: { ...env, ...environment },
  })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

/** Puts a capture of the library into the folder. */
function bring(name: string, as = name): string {
  const path = join(folder, as)
  copyFileSync(join(PCAPS, name), path)
  return path
}

describe('the verdict', () => {
  it('ends with 1 and names rule, frame and time when a rule is broken', () => {
    const { status, stdout } = replay([bring(FAULTY)])
    expect(status).toBe(1)
    expect(stdout).toMatch(
      /error +frame 24 at 35\.463 s, bridge 02:00:00:00:0b:01: .*\(ended-after-release, rule 196\)/,
    )
    expect(stdout).toContain('0 passed, 1 failed, 0 unusable')
  })

  it('ends with 0 when nothing is', () => {
    expect(replay([bring(CLEAN)])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 passed, 0 failed'),
    })
  })

  it('is the same from standard input and from gzip', () => {
    const octets = readFileSync(join(PCAPS, FAULTY))
    const zipped = join(folder, 'run.pcap.gz')
    writeFileSync(zipped, gzipSync(octets))
    const said = replay([bring(FAULTY, 'run.pcap')]).stdout.replaceAll(join(folder, 'run.pcap'), '-')
    expect(replay(['-'], octets).stdout).toBe(said)
    expect(replay([zipped]).stdout.replaceAll(zipped, '-')).toBe(said)
  })

  it('is a line of JSON for each capture', () => {
    bring(FAULTY)
    bring(CLEAN)
    const lines = replay([folder, '--json']).stdout.trimEnd().split('\n')
    const verdicts = lines.map((line) => verdictAnswer.strict().parse(JSON.parse(line)))
    expect(verdicts).toMatchObject([
      { schema: 'qbg/v1/verdict', result: 'pass', problem: null },
      { schema: 'qbg/v1/verdict', result: 'fail', counts: { error: 1 } },
    ])
  })
})

describe('a folder', () => {
  it('says the same on several threads, in the same order', () => {
    const one = replay([PCAPS, '--jobs', '1', '--notes'])
    expect(one.status).toBe(0)
    expect(replay([PCAPS, '--jobs', '3', '--notes'])).toEqual(one)
  })

  it.each(['1', '2'])('goes on past what cannot be used, and ends with 2 (--jobs %s)', (jobs) => {
    writeFileSync(join(folder, 'a-none.pcap'), 'this is no capture')
    writeFileSync(join(folder, 'b-empty.pcap'), '')
    bring(CLEAN, 'c.pcap')
    bring(CLEAN, 'd.pcap')
    writeFileSync(join(folder, 'd.expect.yaml'), 'findings: [')
    const report = join(folder, 'report.xml')
    const { status, stdout } = replay([folder, '--junit', report, '--jobs', jobs])
    expect(status).toBe(2)
    expect(stdout.match(/^(PASS|UNUSABLE) \S+\.pcap/gm)).toEqual([
      `UNUSABLE ${folder}/a-none.pcap`,
      `UNUSABLE ${folder}/b-empty.pcap`,
      `PASS ${folder}/c.pcap`,
      `UNUSABLE ${folder}/d.pcap`,
    ])
    expect(stdout).toContain('1 passed, 0 failed, 3 unusable')
    expect(readFileSync(report, 'utf8')).toContain('tests="4" failures="0" errors="3"')
  })

  it('can be narrowed by name', () => {
    bring(FAULTY)
    bring(CLEAN)
    expect(replay([folder, '--name', 'E08'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 passed, 0 failed'),
    })
  })

  it('that cannot be searched is said to be so', () => {
    mkdirSync(join(folder, 'closed'), { mode: 0 })
    const powerless = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, MAIN, 'replay', folder]
    const { status, stderr } = spawnSync('setpriv', powerless, { encoding: 'utf8' }) // root reads everything
    expect(stderr).toMatch(/cannot be searched: EACCES.*\nhint: name folders that can be read/)
    expect(status).toBe(2)
  })

  it('without a capture is a mistake', () => {
    expect(replay([folder])).toMatchObject({ status: 2, stderr: expect.stringContaining('no capture there') })
  })
})

it('JSON of every capture of the library fits its schema, with --as as well', () => {
  const lines = (argv: readonly string[]) =>
    replay([...argv, '--json'])
      .stdout.trimEnd()
      .split('\n')
  const all = [...lines([PCAPS]), ...lines([join(PCAPS, FAULTY), '--as', 'bridge']), ...lines([MAIN])]
  for (const line of all) verdictAnswer.strict().parse(JSON.parse(line))
  expect(all.length).toBeGreaterThan(30)
})

describe('an expectation', () => {
  it('is written by init, passes, and is not overwritten', () => {
    const capture = bring(FAULTY, 'run.pcap')
    const sidecar = join(folder, 'run.expect.yaml')
    expect(replay(['init', capture]).stdout).toContain(`${sidecar}  written`)
    const written = readFileSync(sidecar, 'utf8')
    expect(replay([capture]).status).toBe(0)
    expect(replay(['init', capture]).stdout).toContain('is there already')
    expect(readFileSync(sidecar, 'utf8')).toBe(written)
  })

  it('that is not met ends with 1 and a diff, and --update mends it', () => {
    const capture = bring(FAULTY, 'run.pcap')
    const sidecar = join(folder, 'run.expect.yaml')
    replay(['init', capture])
    writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace('ended-after-release', 'something-else'))
    const missed = replay([capture])
    expect(missed.status).toBe(1)
    expect(missed.stdout).toMatch(/^ {2}-.*something-else/m)
    expect(missed.stdout).toMatch(/^ {2}\+.*ended-after-release/m)
    expect(replay([capture, '--update']).status).toBe(0)
    expect(readFileSync(sidecar, 'utf8')).toContain('ended-after-release')
    expect(replay([capture]).status).toBe(0)
  })

  it.each([
    ['a: &a [1]\nb: *c\nqbg: 1\n', 'Unresolved alias'],
    [bomb(), 'Excessive alias count'],
    ['qbg: 1\nfindigns: {}\n', 'findigns'],
  ])('that cannot be used is named, and the next capture is still judged: %j', (text, named) => {
    bring(CLEAN, 'a.pcap')
    writeFileSync(join(folder, 'a.expect.yaml'), text)
    bring(CLEAN, 'b.pcap')
    const { status, stdout } = replay([folder])
    expect(status).toBe(2)
    expect(stdout).toContain(named)
    expect(stdout).toContain('1 passed, 0 failed, 1 unusable')
  })

  it('that is a folder, or stands where nothing can be written, is no fault of qbg', () => {
    const capture = bring(CLEAN)
    mkdirSync(join(folder, 'folder'))
    for (const argv of [
      ['--expect', folder],
      ['--expect', join(folder, 'no/where'), '--update'],
    ]) {
      const { status, stdout, stderr } = replay([capture, ...argv])
      expect({ status, stderr }).toEqual({ status: 2, stderr: '' })
      expect(stdout).toMatch(/UNUSABLE .* cannot be (read|written)/)
    }
  })

  it('may say that there is none of a finding', () => {
    const capture = bring(CLEAN)
    const sidecar = join(folder, 'x.yaml')
    writeFileSync(sidecar, 'qbg: 1\nfindings: { ulpdu-no-end-tlv: 1, tagged: 0 }\n')
    expect(replay([capture, '--expect', sidecar]).status).toBe(0)
    writeFileSync(sidecar, 'qbg: 1\nfindings: { ulpdu-no-end-tlv: 0 }\n')
    expect(replay([capture, '--expect', sidecar]).status).toBe(1)
  })

  it('of a file that is not there is a mistake', () => {
    const { status, stdout } = replay([bring(CLEAN), '--expect', join(folder, 'none.yaml')])
    expect({ status, stdout }).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('--update writes it'),
    })
  })
})

it('a JUnit report that cannot be written ends with 5, after the verdict', () => {
  const { status, stdout, stderr } = replay([bring(CLEAN), '--junit', join(folder, 'no/where.xml')])
  expect({ status, stderr }).toEqual({ status: 5, stderr: expect.stringMatching(/^qbg: --junit .*ENOENT/) })
  expect(stdout).toContain('1 passed')
})

it('a capture without Ethernet frames is unusable, not fine', () => {
  const capture = bring(CLEAN, 'any.pcap')
  const octets = readFileSync(capture)
  octets.writeUInt32LE(276, 20)
  writeFileSync(capture, octets)
  const { status, stdout } = replay([capture])
  expect({ status, stdout }).toEqual({ status: 2, stdout: expect.stringContaining('link type 276') })
})

it('names of files do not reach a terminal as they are', () => {
  bring(CLEAN, 'a\u001b[31m\n::error::b.pcap')
  const { status, stdout } = replay([folder])
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('\ufffd::error::b.pcap') })
  expect(stdout).not.toContain('\u001b')
})

it('annotates by itself on GitHub', () => {
  const { stderr } = replay([bring(FAULTY)], undefined, { GITHUB_ACTIONS: 'true' })
  expect(stderr).toMatch(/^::error file=.*live-ratified.*frame 24/)
})

it.each([
  [['--jobs', '0'], '--jobs'],
  [['--as', 'switch'], '--as'],
  [['--nonsense'], '--nonsense'],
])('wrong usage %j ends with 2 and names it', (argv, named) => {
  expect(replay([PCAPS, ...argv])).toMatchObject({ status: 2, stderr: expect.stringContaining(named) })
})

describe('our machine in a side’s place', () => {
  /** Of the only filter entry in frame 18, from the packet header on. */
  const LAST_OCTET_OF_VID = 16 + 70

  it('grants what was asked for where the switch granted something else', () => {
    const capture = bring(FAULTY)
    const octets = readFileSync(capture)
    octets[packetAt(octets, 18) + LAST_OCTET_OF_VID]! ^= 0x50
    writeFileSync(capture, octets)
    const { status, stdout, stderr } = replay([capture, '--as', 'bridge'])
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(/^ {4}\+ ours .* associate status 0x40 .*\/3$/m)
  })

  it('does not live through years because a clock was set wrong', () => {
    const capture = bring(FAULTY)
    const octets = readFileSync(capture)
    octets.writeUInt32LE(octets.readUInt32LE(packetAt(octets, 29)) + 1_000_000_000, packetAt(octets, 29))
    writeFileSync(capture, octets)
    const { status, stdout } = replay([capture, '--as', 'station'])
    expect({ status, stdout }).toEqual({
      status: 2,
      stdout: expect.stringMatching(/UNUSABLE .*nothing is heard for 277778 h before frame 29/),
    })
  })
})

/** Of a little-endian pcap: where the header of packet `number` starts. */
function packetAt(octets: Buffer, number: number): number {
  let at = 24
  for (let count = 1; count < number; count++) at += 16 + octets.readUInt32LE(at + 8)
  return at
}

it('a capture that does not show the side to play is unusable, and says who is who', () => {
  const { status, stdout } = replay([bring('E05-lldp-shutdown.pcap'), '--as', 'station'])
  expect({ status, stdout }).toMatchObject({
    status: 2,
    stdout: expect.stringContaining('the capture shows no station'),
  })
  expect(existsSync(join(folder, 'E05-lldp-shutdown.expect.yaml'))).toBe(false)
})

/** Each line ten times the one before. */
function bomb(): string {
  const lines = Array.from({ length: 8 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(10)}]`)
  return ['l0: &l0 [1]', ...lines, 'qbg: 1\n'].join('\n')
}
