/** `qbg report` as a person and a program use it. No privilege, no daemon, no browser. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { reportAnswer } from '../../src/control/schema/report.ts'
import { MAIN } from '../support/cli.ts'
import { CAPTURES } from '../support/example-frames.ts'
import { HOSTILE_NAME, hostileCapture } from '../support/hostile-capture.ts'

const folder = mkdtempSync(join(tmpdir(), 'qbg-report-'))
afterAll(() => rmSync(folder, { recursive: true }))
const LIVE = CAPTURES.find((path) => path.includes('live-ratified'))!
let pages = 0

function report(argv: readonly string[], input?: Uint8Array) {
  const { FORCE_COLOR: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'report', ...argv], { input, env })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

const newPage = () => join(folder, `page${++pages}.html`)
const dataOf = (page: string) =>
  JSON.parse(/<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(page)![1]!)

describe('a page', () => {
  it('is written, and said to be', () => {
    const page = newPage()
    const { status, stdout, stderr } = report([LIVE, '--html', page])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/page\d\.html {2}29 frames, 1 VSIs, 1 errors, 5 warnings, 5 notes; \d+ kB\n$/)
    expect(dataOf(readFileSync(page, 'utf8')).frames).toHaveLength(29)
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('is the same for the same capture, from standard input as well', () => {
    const [one, other] = [newPage(), newPage()]
    report([LIVE, '--html', one, '--title', 'x'])
    expect(report(['-', '--html', other, '--title', 'x'], readFileSync(LIVE)).status).toBe(0)
    const [first, second] = [one, other].map((path) => readFileSync(path, 'utf8'))
    expect(second!.replaceAll('standard input', 'live-ratified-station-bridge.pcap')).toBe(first)
  })

  it('allows only its own script and style, and names no other place', () => {
    const page = newPage()
    report([LIVE, '--html', page])
    const text = readFileSync(page, 'utf8')
    const hash = (part: string) => `'sha256-${createHash('sha256').update(part).digest('base64')}'`
    const [, style] = /<style>(.*?)<\/style>/s.exec(text)!
    const [, script] = /<script>(.*?)<\/script>/s.exec(text)!
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(text)!
    expect(policy).toBe(
      `default-src 'none'; script-src ${hash(script!)}; style-src ${hash(style!)}; base-uri 'none'; form-action 'none'`,
    )
    const places = [...text.matchAll(/[a-z]+:\/\/[^\s"'`)]+/g)].map(([place]) => place)
    expect(places.filter((place) => place !== 'http://www.w3.org/2000/svg')).toEqual([])
    expect(text.match(/\b(src|srcset|@import|url)\s*[=(]/)?.[0]).toBe(undefined)
  })

  it('says the verdict to who has no scripts, with nothing of the capture in force', () => {
    const page = newPage()
    report(['-', '--html', page, '--title', HOSTILE_NAME], hostileCapture())
    const text = readFileSync(page, 'utf8')
    expect(text.match(/<script/g)).toHaveLength(2)
    expect(text.includes('<img')).toBe(false)
    expect(text.match(/[\p{Cf}\p{Zl}]|(?!\n)\p{Cc}/u)?.[0]).toBe(undefined)
    expect(/<title>(.*?)<\/title>/s.exec(text)![1]).toMatch(/^&lt;\/script&gt;&lt;!--&lt;script&gt;/)
    expect(dataOf(text).title).toBe(HOSTILE_NAME)
    expect(/<noscript>.*<pre>PASS standard input {2}2 packets/s.test(text)).toBe(true)
  })

  it('bounds what it draws, and says so', () => {
    const page = newPage()
    const { stdout } = report([LIVE, '--html', page, '--max-frames', '3', '--json'])
    const { frames, limits } = reportAnswer.parse(JSON.parse(stdout))
    expect(frames).toEqual({ packets: 29, lldp: 19, ecp: 10, draft: 0, broken: 0, other: 0, shown: 8 })
    expect(limits).toEqual([
      '21 frames after the first 3 are judged and counted, but not drawn; those with errors and warnings are. --max-frames draws more.',
    ])
    const { frames: drawn } = dataOf(readFileSync(page, 'utf8'))
    expect(drawn.map(({ number }: { number: number }) => number)).toEqual([1, 2, 3, 16, 18, 20, 22, 24])
  })
})

describe('refusals', () => {
  it('another file is not replaced, but with --force; a report is', () => {
    const page = newPage()
    writeFileSync(page, 'precious')
    const { status, stderr } = report([LIVE, '--html', page])
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `qbg: ${page} exists and is no report of qbg\nhint: --force replaces it\n`,
    })
    expect(readFileSync(page, 'utf8')).toBe('precious')
    expect(report([LIVE, '--html', page, '--force']).status).toBe(0)
    expect(report([LIVE, '--html', page]).status).toBe(0)
    const directory = join(folder, 'directory')
    mkdirSync(directory)
    expect(report([LIVE, '--html', directory, '--force']).status).toBe(2)
  })

  it('a page that cannot be written ends with 5, and leaves nothing', () => {
    const { status, stderr } = report([LIVE, '--html', join(folder, 'missing', 'page.html')])
    expect(status).toBe(5)
    expect(stderr).toMatch(/^qbg: .*missing.page\.html: ENOENT/)
  })

  it('what is no capture leaves no page; a broken one shows what could be read', () => {
    const page = newPage()
    expect(report([join(folder, 'none.pcap'), '--html', page]).status).toBe(2)
    expect(report(['-', '--html', page], Buffer.from('no capture at all')).status).toBe(2)
    expect(existsSync(page)).toBe(false)
    const cut = readFileSync(LIVE).subarray(0, -10)
    const { status, stderr } = report(['-', '--html', page], cut)
    expect(status).toBe(2)
    expect(stderr).toContain('standard input: ')
    const { frames, broken } = dataOf(readFileSync(page, 'utf8'))
    expect(frames).toHaveLength(28)
    expect(stderr).toContain(broken)
  })

  it('usage is said', () => {
    expect(report([LIVE]).stderr).toContain("required option '--html <file>' not specified")
    expect(report([LIVE, '--html', newPage(), '--max-frames', 'all']).status).toBe(2)
  })
})
