/** What the lab says: the story for people as it happens, and the same as one JSON document at the end. */

export interface Check {
  readonly what: string
  readonly found: string
  readonly expected: string
  readonly ok: boolean
}

export interface Command {
  readonly command: string
  readonly output: string
}

export interface Step {
  readonly name: string
  readonly title: string
  /** Milliseconds since the lab's start, and of this step. */
  readonly at: number
  readonly duration: number
  readonly ok: boolean
  readonly checks: readonly Check[]
  readonly commands: readonly Command[]
}

/** Some of a step's checks failed. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed'
}

type Paint = 'bold' | 'dim' | 'red' | 'green'
const CODES: Readonly<Record<Paint, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
}
/** Width of a check's subject: results stand below each other. */
const SUBJECT = 34

export class Report {
  readonly steps: Step[] = []
  #write: (text: string) => void
  readonly #colour: boolean
  #checks: Check[] = []
  #commands: Command[] = []

  /** `write` takes the story's lines; nothing is written without it. */
  constructor(write: ((text: string) => void) | undefined, colour: boolean) {
    this.#write = write ?? (() => {})
    this.#colour = colour
  }

  lines(...lines: readonly string[]): void {
    this.#write(lines.map((line) => `${line}\n`).join(''))
  }

  /** Throws StepFailed when one of its checks failed; all of them are made before. */
  async step(name: string, title: string, body: () => Promise<void>): Promise<void> {
    const startedAt = performance.now()
    this.#checks = []
    this.#commands = []
    this.lines('', this.paint('bold', `${seconds(startedAt)}  ${this.steps.length + 1}. ${title}`))
    let complete = false
    try {
      await body()
      complete = true
    } finally {
      const ok = complete && this.#checks.every((check) => check.ok)
      const said = { checks: this.#checks, commands: this.#commands }
      const duration = Math.round(performance.now() - startedAt)
      this.steps.push({ name, title, at: Math.round(startedAt), duration, ok, ...said })
    }
    const failed = this.#checks.filter((check) => !check.ok)
    if (failed.length > 0) throw new StepFailed(failed.map(({ what }) => what).join('; '))
  }

  check(what: string, ok: boolean, found: string, expected: string): void {
    this.#checks.push({ what, found, expected, ok })
    const verdict = ok ? this.paint('green', 'ok  ') : this.paint('red', 'FAIL')
    const instead = ok ? '' : `, expected: ${expected}`
    this.lines(`${this.#elapsed()}  ${verdict}  ${what.padEnd(SUBJECT)}  ${found}${instead}`)
  }

  /** A command a person could have typed, with what it said. */
  command(command: string, output: string): void {
    this.#commands.push({ command, output })
    const said = output === '' ? [] : output.split('\n').map((line) => `${INDENT}${line}`)
    const typed = `$ ${command}`.split('\n').map((line) => this.paint('dim', `${INDENT}${line}`))
    this.lines(...typed, ...said)
  }

  note(text: string): void {
    this.lines(`${INDENT}${text}`)
  }

  conclude(paint: Paint, text: string): void {
    this.lines('', `${seconds(performance.now())}  ${this.paint(paint, text)}`)
  }

  /** Whatever still happens is not told any more. */
  end(): void {
    this.#write = () => {}
  }

  paint(paint: Paint, text: string): string {
    const [on, off] = CODES[paint]
    return this.#colour ? `\u001b[${on}m${text}\u001b[${off}m` : text
  }

  #elapsed(): string {
    return this.paint('dim', seconds(performance.now()))
  }
}

const INDENT = ' '.repeat(10)

/** Since the lab's process began. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2).padStart(6)} s`
}

/** Colour, on a terminal only; NO_COLOR (no-color.org) turns it off. */
export function wantsColour(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}
