/** A real Chromium without a window, for pages that a test has written to disk. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** Debian's package. */
const PROGRAM = '/usr/bin/chromium'
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

export interface OpenPage {
  readonly page: Page
  /** Everything the page asked for but itself, and everything it said on the console or threw. */
  readonly complaints: string[]
}

export class Browser {
  readonly #folder: string
  readonly #context: BrowserContext

  private constructor(folder: string, context: BrowserContext) {
    this.#folder = folder
    this.#context = context
  }

  /** With a profile of its own, and nothing in it. */
  static async start(): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'qbg-browser-'))
    const options = {
      executablePath: PROGRAM,
      headless: true,
      args: ARGUMENTS,
      viewport: { width: 1400, height: 900 },
    }
    return new Browser(folder, await chromium.launchPersistentContext(folder, options))
  }

  /** `fragment` begins with #. */
  async open(path: string, fragment = ''): Promise<OpenPage> {
    const page = await this.#context.newPage()
    const own = pathToFileURL(path).href
    const complaints: string[] = []
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== own) complaints.push(`request ${request.url()}`)
    })
    page.on('console', (message) => complaints.push(`console ${message.text()}`))
    page.on('pageerror', (error) => complaints.push(`error ${error.message}`))
    page.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(own + fragment)
    await page.waitForSelector('html[data-ready]', { timeout: 15_000 })
    return { page, complaints }
  }

  async stop(): Promise<void> {
    await this.#context.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
