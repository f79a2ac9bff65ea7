/** Captures against their expectations: the library in `pcaps/`, and how a mismatch is told. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { toAnnotations, toJunit } from '../../src/replay/junit.ts'
import { expectationPath, replayFile } from '../../src/replay/replay.ts'

const PCAPS = join(import.meta.dirname, '../../pcaps')
/** Ten to the power of nine texts, when all aliases are followed. */
const BOMB = `qbg: 1\n${Array.from({ length: 9 }, (_, level) => `a${level}: &a${level} [${Array.from({ length: 10 }, () => (level === 0 ? 'x' : `*a${level - 1}`)).join(', ')}]`).join('\n')}\n`
const captures = readdirSync(PCAPS).filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name))
const LIVE = join(PCAPS, 'live-ratified-station-bridge.pcap')
const folder = mkdtempSync(join(tmpdir(), 'qbg-replay-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A copy of the live capture with the expectation that `edit` makes of its own. */
function copyWith(edit: (text: string) => string, name = 'copy'): string {
  const copy = join(folder, `${name}.pcap`)
  copyFileSync(LIVE, copy)
  writeFileSync(expectationPath(copy), edit(readFileSync(expectationPath(LIVE), 'utf8')))
  return copy
}

describe('pcaps/', () => {
  it.each(captures)('%s shows what is expected of it', async (name) => {
    const { result, mismatch, expectation } = await replayFile(join(PCAPS, name))
    expect({ result, mismatch }).toEqual({ result: 'pass', mismatch: null })
    expect(expectation).not.toBeNull()
  })
})

describe('an expectation', () => {
  it('is of what it says: what is struck out does not matter, and the order neither', async () => {
    const some = 'findings: { ended-after-release: 1, ulpdu-no-end-tlv: 5 }\nrelay: on\nqbg: 1\n'
    expect((await replayFile(copyWith(() => some))).result).toBe('pass')
  })

  it('can leave parts of a path open', async () => {
    const open = copyWith((text) => text.replace('      - granted\n      - deassociate\n', "      - '*'\n"))
    expect((await replayFile(open)).result).toBe('pass')
    const wrong = copyWith((text) => text.replace('      - granted\n', "      - '*'\n      - refused\n"))
    expect((await replayFile(wrong)).result).toBe('fail')
  })

  it('that is not met is shown as a unified diff', async () => {
    const { result, mismatch } = await replayFile(
      copyWith((text) => text.replace('state: none', 'state: associated')),
    )
    expect(result).toBe('fail')
    expect(mismatch).toContain('-    state: associated\n+    state: none')
  })

  it('allows the findings that it names, and no other', async () => {
    const less = copyWith((text) => text.replace('  ended-after-release: 1\n', ''))
    expect((await replayFile(less)).mismatch).toContain('+  ended-after-release: 1')
    const more = copyWith((text) => `${text}  answer-late: 1\n`)
    expect((await replayFile(more)).mismatch).toContain('-  answer-late: 1')
  })

  it('is written by update', async () => {
    const copy = copyWith(() => 'qbg: 1\n', 'updated')
    expect((await replayFile(copy, { update: true })).result).toBe('pass')
    expect(readFileSync(expectationPath(copy), 'utf8')).toBe(readFileSync(expectationPath(LIVE), 'utf8'))
  })

  it('of many VSIs is how many went each way, and no other way', async () => {
    const crowd = join(folder, 'crowd.pcap')
    copyFileSync(join(PCAPS, 'qbg-crowd.pcap'), crowd)
    await replayFile(crowd, { update: true })
    const written = readFileSync(expectationPath(crowd), 'utf8')
    expect(written.split('\n').length).toBeLessThan(40)
    expect(written).not.toContain('vsis:')
    const other = written.replace(/: 200$/m, ': 199')
    expect(other).not.toBe(written)
    for (const text of [other, written.replace(/^ {2}associate.*\n/gm, '').replace('lives:', 'lives: {}')]) {
      writeFileSync(expectationPath(crowd), text)
      expect((await replayFile(crowd)).mismatch).toMatch(/^\+ .*: 200$/m)
    }
  })

  it.each([
    ['no mapping', '- 1\n', 'has to be a mapping'],
    ['broken YAML', 'qbg: [1\n', 'is no expectation'],
    ['an alias without its anchor', 'qbg: 1\nfindings: *nothing\n', 'Unresolved alias'],
    ['aliases of aliases of aliases', BOMB, 'Excessive alias count'],
    ['an unknown key', 'qbg: 1\nvsi: {}\n', 'Unrecognized key'],
    ['a wrong value', 'qbg: 1\nrelay: yes\n', 'relay'],
    ['another format', 'qbg: 2\n', 'qbg'],
  ])('%s is said', async (_what, text, message) => {
    expect(await replayFile(copyWith(() => text))).toMatchObject({
      result: 'unusable',
      problem: { message: expect.stringContaining(message) },
    })
  })
})

describe('without an expectation', () => {
  const bare = (name: string) => {
    const copy = join(folder, `bare-${basename(name)}`)
    copyFileSync(join(PCAPS, name), copy)
    return copy
  }

  it('a broken rule fails, a warning only with strict', async () => {
    expect((await replayFile(bare('live-ratified-station-bridge.pcap'))).result).toBe('fail')
    const warned = bare('E08-ecp-vdp-assoc-request.pcap')
    expect((await replayFile(warned)).result).toBe('pass')
    expect((await replayFile(warned, { strict: true })).result).toBe('fail')
  })

  it('a capture that breaks off is unusable, and told as far as it goes', async () => {
    const cut = join(folder, 'cut.pcap')
    writeFileSync(cut, readFileSync(LIVE).subarray(0, 2000))
    const { result, verdict } = await replayFile(cut)
    expect(result).toBe('unusable')
    expect(verdict.frames.packets).toBeGreaterThan(5)
    expect(verdict.broken).toMatchObject({ code: 'truncated' })
  })

  it.each([
    ['no capture', 'hello'],
    ['an empty file', ''],
  ])('%s is refused', async (_what, content) => {
    const file = join(folder, 'other.pcap')
    writeFileSync(file, content)
    expect(await replayFile(file)).toMatchObject({
      result: 'unusable',
      problem: { message: expect.any(String) },
    })
  })
})

describe('our machine in a recorded side’s place', () => {
  it('as lldpad’s bridge sends the same, but for the De-Associate that lldpad sends to a VSI it has released', async () => {
    const { differences } = await replayFile(LIVE, { as: 'bridge' })
    const other = differences.flatMap(({ lines }) => lines).filter(({ sign }) => sign !== ' ')
    expect(other.map(({ sign, frame }) => `${sign}${frame}`)).toEqual(['-24'])
  })

  it('as lldpad’s station sends the same requests and acknowledgements', async () => {
    const { differences } = await replayFile(LIVE, { as: 'station' })
    expect(differences.map(({ stream }) => stream)).toEqual(['LLDPDUs'])
  })

  it('needs that side in the capture', async () => {
    const capture = join(PCAPS, 'E01-lldp-evb-station-initial.pcap')
    expect(await replayFile(capture, { as: 'bridge' })).toMatchObject({
      result: 'unusable',
      problem: { message: 'the capture shows no bridge' },
    })
  })
})

describe('reports for CI', () => {
  it('JUnit has a case for each capture, with what is wrong', async () => {
    const failed = await replayFile(
      copyWith((text) => text.replace('state: none', 'state: associated'), 'a&b<c'),
    )
    const xml = toJunit([await replayFile(LIVE), failed])
    expect(xml).toContain('<testsuite name="qbg replay" tests="2" failures="1" errors="0">')
    expect(xml).toContain('a&amp;b&lt;c.pcap')
    expect(xml).toContain('+    state: none')
    expect(toAnnotations([failed])[0]).toMatch(/^::error file=.*a&b<c\.pcap::not as expected%0A/)
  })
})
