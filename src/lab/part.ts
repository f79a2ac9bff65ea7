/**
 * The lab's own small processes in namespaces (`echo.ts`, `capture.ts`): started there, asked questions over
 * Node's channel, and gone with it. Both ends of that conversation are here.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { insideNamespace } from './topology.ts'

interface Question {
  readonly id: number
  readonly name: string
  readonly detail: unknown
}

interface Answer {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** One of the lab's own programs, as built. */
export function scriptPath(name: 'inside' | 'echo' | 'capture'): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url))
}

export class Part {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  private constructor(child: ChildProcess, name: string) {
    this.#child = child
    child.on('message', (message) => this.#settle(message as Answer))
    child.on('exit', (code, signal) => this.#fail(`${name} has ended with ${signal ?? `status ${code}`}`))
    child.on('error', (error) => this.#fail(`${name}: ${error.message}`))
  }

  /** Resolves when the program has answered for the first time. */
  static async start(script: 'echo' | 'capture', namespace: string, ...args: string[]): Promise<Part> {
    const [program, ...rest] = insideNamespace(namespace, process.execPath, scriptPath(script), ...args)
    const child = spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const part = new Part(child, `${script} in ${namespace}`)
    await part.ask('ready', {})
    return part
  }

  /** Throws when the program says so, or has ended. */
  ask<T>(name: string, detail: object): Promise<T> {
    const id = ++this.#last
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, name, detail } satisfies Question, (error) => {
        if (error) this.#settle({ id, error: error.message })
      })
    }) as Promise<T>
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }

  #settle({ id, answer, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(answer)
    else waiting?.reject(new Error(error))
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason))
    this.#waiting.clear()
  }
}

/** The other end: answers until the channel closes. `ready` is answered by itself. */
export function answerQuestions(answers: Readonly<Record<string, (detail: never) => unknown>>): void {
  process.on('disconnect', () => process.exit(0))
  if (!process.connected) process.exit(0)
  process.on('message', async (message) => {
    const { id, name, detail } = message as Question
    try {
      const answer = name === 'ready' ? {} : await answers[name]!(detail as never)
      process.send?.({ id, answer } satisfies Answer)
    } catch (error) {
      process.send?.({ id, error: String(error) } satisfies Answer)
    }
  })
}
