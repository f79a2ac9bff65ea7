/** The page of `qbg report` in a real browser: it asks for nothing, shows everything, and a capture cannot steer it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { Browser, type OpenPage } from '../support/browser.ts'
import { runQbg } from '../support/cli.ts'
import { CAPTURES } from '../support/example-frames.ts'
import { writeGeneratedCapture } from '../support/generated-capture.ts'
import { HOSTILE_NAME, hostileCapture } from '../support/hostile-capture.ts'
import { missing, requires } from '../support/requirements.ts'

const inBrowser = requires('chromium')
const folder = mkdtempSync(join(tmpdir(), 'qbg-report-'))
const LIVE = CAPTURES.find((path) => path.includes('live-ratified'))!
let browser: Browser
const opened: OpenPage[] = []

async function write(capture: string, name: string): Promise<string> {
  const html = join(folder, `${name}.html`)
  const { status, stderr } = await runQbg(['report', capture, '--html', html, '--title', `report ${name}`])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return html
}

async function open(path: string, fragment?: string): Promise<Page> {
  const one = await browser.open(path, fragment)
  opened.push(one)
  return one.page
}

/** Of the rows in sight. */
const frames = (page: Page) => page.locator('.ladder .frame')
const numbers = (page: Page) =>
  frames(page).evaluateAll((rows) =>
    rows.map((row) => Number(row.getAttribute('data-frame'))).sort((a, b) => a - b),
  )
const count = (page: Page) => page.locator('.filters .count').textContent()

beforeAll(async () => {
  if (missing('chromium') === undefined) browser = await Browser.start()
})
afterEach(async () => {
  const complaints = opened.flatMap((one) => one.complaints)
  for (const { page } of opened.splice(0)) await page.close()
  expect(complaints).toEqual([])
})
afterAll(async () => {
  await browser?.stop()
  rmSync(folder, { recursive: true })
})

describe('a capture of two lldpads', () => {
  let live: string
  beforeAll(async () => {
    live = await write(LIVE, 'live')
  })

  inBrowser('has an arrow for each frame, but for what repeats, which unfolds', async () => {
    const page = await open(live)
    await expect.poll(() => page.title()).toBe('report live')
    await expect.poll(() => frames(page).count()).toBe(20)
    await expect.poll(() => page.locator('.ladder .arrow').count()).toBe(20)
    await page.locator('.ladder .group').click()
    await expect.poll(() => numbers(page)).toEqual(Array.from({ length: 29 }, (_, index) => index + 1))
    await page.locator('.ladder .group').click()
    await expect.poll(() => frames(page).count()).toBe(20)
    await page.getByLabel('fold what repeats').uncheck()
    await expect.poll(() => page.locator('.ladder .group').count()).toBe(0)
    await expect.poll(() => frames(page).count()).toBe(29)
  })

  inBrowser('shows the fields and octets of the frame that is clicked', async () => {
    const page = await open(live)
    await page.locator('[data-frame="24"]').click()
    const detail = page.locator('#detail')
    await expect.poll(() => detail.locator('h3').textContent()).toBe('Frame 24')
    await expect.poll(() => detail.textContent()).toContain('VSIID: fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f')
    await expect
      .poll(() => detail.textContent())
      .toContain('the bridge ends the VSI 17.45 s after it was de-associated')
    expect(page.url()).toMatch(/#frame=24$/)
    await detail.getByText('sequence number: 3').hover()
    await expect.poll(() => detail.locator('.marked').allTextContents()).toEqual(['00', '03'])
    await expect.poll(() => detail.locator('.octets span:not(.offset)').count()).toBe(71)
    await detail.getByRole('link', { name: 'frame 25' }).click()
    await expect.poll(() => detail.locator('dl').textContent()).toContain('acknowledgesframe 24 after 110 µs')
  })

  inBrowser('goes from a finding to its frame and back, and from the address to both', async () => {
    const page = await open(live)
    await page.locator('#findings').getByRole('link', { name: 'frame 24' }).first().click()
    await expect.poll(() => page.locator('.selected').getAttribute('data-frame')).toBe('24')
    await expect.poll(() => page.locator('.selected').isVisible()).toBe(true)
    await page.locator('#detail').getByRole('link', { name: 'ended-after-release' }).click()
    await expect
      .poll(() => page.evaluate('document.activeElement.textContent'))
      .toMatch(/^frame 24 .* had not released it$/)
    const again = await open(live, '#frame=10')
    await expect.poll(() => again.locator('.selected').getAttribute('data-frame')).toBe('10')
    const inSight = "document.querySelector('.selected').getBoundingClientRect().bottom < innerHeight"
    await expect.poll(() => again.evaluate(inSight)).toBe(true)
    const none = await open(live, '#frame=99')
    await expect.poll(() => none.locator('#detail').textContent()).toContain('Frame 99 is not on this page')
  })

  inBrowser('is filtered by text, protocol, VSI, findings and numbers', async () => {
    const page = await open(live)
    const all = page.getByRole('button', { name: 'Show all' })
    await page.getByPlaceholder('text, MAC, VSI, number').fill('de-associate response')
    await expect.poll(() => numbers(page)).toEqual([22])
    await all.click()
    await page.getByLabel('only with findings').check()
    await expect.poll(() => numbers(page)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25])
    await all.click()
    await page.getByLabel('LLDP and EVB').uncheck()
    await page.getByRole('checkbox', { name: 'ECP acknowledgements' }).uncheck()
    await expect.poll(() => numbers(page)).toEqual([16, 18, 20, 22, 24])
    await all.click()
    await page.getByLabel('Frames', { exact: true }).fill('2-4, 28-')
    await expect.poll(() => numbers(page)).toEqual([2, 3, 4, 28, 29])
    await all.click()
    await page.locator('.lane').getByRole('link').first().click()
    await expect.poll(() => numbers(page)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25])
    await expect.poll(() => count(page)).toBe('10 of 29 frames')
    await page.goto(`${page.url().split('#')[0]}#frame=3`)
    await expect.poll(() => page.locator('.selected').getAttribute('data-frame')).toBe('3')
    await expect.poll(() => count(page)).toContain('the filter was taken off')
  })

  inBrowser('has EVB values with what was negotiated, a lane, and plots with their numbers', async () => {
    const page = await open(live)
    const row = page.getByRole('row', { name: /^RTE / })
    await expect.poll(() => row.locator('td').allTextContents()).toEqual(['14', '14', '14: 163.8 ms'])
    await expect
      .poll(() => page.locator('.lane .span').allTextContents())
      .toEqual(['asked for', 'associated'])
    expect(
      await page
        .locator('.lane .mark')
        .evaluateAll((marks) => marks.map((mark) => mark.getAttribute('href'))),
    ).toEqual(['#frame=16', '#frame=18', '#frame=20', '#frame=22', '#frame=24'])
    await expect
      .poll(() => page.locator('#plots figcaption').first().textContent())
      .toContain('by the bridge: 2, median 359 µs')
    await page.getByLabel('frames', { exact: true }).check()
    await expect.poll(() => page.locator('.axis').textContent()).toContain('frame 10')
    await page.getByLabel('time', { exact: true }).check()
    await page.locator('.lane .granted').click()
    await page.getByLabel('Zoom').selectOption('1000')
    await expect.poll(() => page.locator('.axis').textContent()).toContain('13.98 s13.99 s14.00 s')
    await expect.poll(() => page.locator('.lane .now').count()).toBe(1)
    await page.getByLabel('refused, ended or unanswered').check()
    await expect.poll(() => page.locator('.lane').count()).toBe(1)
    await page.getByPlaceholder('ID, type or state').fill('associated-not')
    await expect.poll(() => page.locator('.lane').count()).toBe(0)
  })

  inBrowser('can be used with keys alone, in the dark, on a narrow screen and on paper', async () => {
    const page = await open(live)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect
      .poll(() => page.evaluate('getComputedStyle(document.body).backgroundColor'))
      .toBe('rgb(20, 23, 26)')
    await page.locator('#ladder').focus()
    for (let presses = 0; presses < 7; presses++) await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.locator('.cursor').getAttribute('aria-expanded')).toBe('false')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.cursor').getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('End')
    await expect.poll(() => page.locator('#detail h3').textContent()).toBe('Frame 29')
    await page.setViewportSize({ width: 400, height: 800 })
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400)
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    await expect.poll(() => frames(page).count()).toBe(29)
    expect((await page.pdf()).length).toBeGreaterThan(10_000)
  })
})

describe('ten thousand frames', () => {
  inBrowser('are ready soon, and filtered at once', async () => {
    const capture = join(folder, 'many.pcap')
    writeGeneratedCapture(capture, 10_000)
    const many = await write(capture, 'many')
    const started = performance.now()
    const page = await open(many, '#frame=5000')
    expect(performance.now() - started).toBeLessThan(8000)
    await expect.poll(() => page.locator('.selected').getAttribute('data-frame')).toBe('5000')
    await expect.poll(() => page.locator('.row').count()).toBeLessThan(300)
    const took = await page.evaluate(`(() => {
      const input = document.querySelector('input[name=text]')
      const before = performance.now()
      input.value = 'de-associate response'
      input.dispatchEvent(new Event('input', { bubbles: true }))
      document.body.offsetHeight
      return performance.now() - before
    })()`)
    expect(took).toBeLessThan(1000)
    await expect.poll(() => count(page)).toMatch(/^281 of 10000 frames$/)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.locator('#ladder').focus()
    await page.keyboard.press('End')
    await expect.poll(() => page.locator('.cursor').count()).toBe(1)
  })
})

describe('a hostile capture', () => {
  inBrowser('says what it says and does nothing', async () => {
    const capture = join(folder, 'hostile.pcap')
    writeFileSync(capture, hostileCapture())
    const html = join(folder, 'hostile.html')
    const { status } = await runQbg(['report', capture, '--html', html, '--title', HOSTILE_NAME])
    expect(status).toBe(0)
    const page = await open(html, '#frame=1')
    await expect.poll(() => page.evaluate('window.stolen')).toBe(undefined)
    await expect.poll(() => page.locator('script').count()).toBe(2)
    await expect
      .poll(() => page.locator('img, iframe, object, embed, base, b[onclick], style ~ style').count())
      .toBe(0)
    const shown = '"><img src=x onerror="window.stolen=1">'
    await expect.poll(() => page.locator('h1').textContent()).toContain(shown)
    await expect.poll(() => page.locator('#evb').textContent()).toContain(shown)
    await expect.poll(() => page.locator('#detail').textContent()).toContain(shown)
    await expect.poll(() => page.locator('body').innerText()).not.toMatch(/\p{Cf}/u)
    await expect.poll(() => page.locator('#evb').textContent()).toContain('⟨U+202E⟩')
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), { text: 'window.stolen = 2' }))",
    )
    await expect.poll(() => page.evaluate('window.stolen')).toBe(undefined)
    const refused = opened[0]!.complaints.splice(0)
    expect(refused).toHaveLength(1)
    expect(refused[0]).toContain('Content Security Policy')
  })
})
