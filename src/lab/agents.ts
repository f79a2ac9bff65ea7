/** The real agents, `qbg station` and `qbg bridge`, as processes of the built command in their namespaces. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ControlClient } from '../control/client.ts'
import type { PortJson } from '../control/schema/status.ts'
import { insideNamespace } from './topology.ts'

export type Role = 'station' | 'bridge'

export const QBG = fileURLToPath(new URL(`../cli/main${extname(import.meta.url)}`, import.meta.url))

/** To leave in order. Milliseconds. */
const PATIENCE = 3000
const LAST_LINES = 12

export interface AgentPlan {
  readonly role: Role
  readonly namespace: string
  readonly port: string
  readonly directory: string
}

export class Agent {
  readonly role: Role
  readonly client: ControlClient
  readonly control: string
  readonly recording: string
  readonly log: string
  /** As typed in its namespace. */
  readonly command: string
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  private constructor({ role, namespace, port, directory }: AgentPlan) {
    this.role = role
    this.control = join(directory, `${role}.sock`)
    this.recording = join(directory, `${role}.jsonl`)
    this.log = join(directory, `${role}.log`)
    this.client = new ControlClient(this.control)
    const fresh = role === 'station' ? ['--no-state'] : []
    const args = [role, port, '--system-name', namespace, '--control', this.control]
    const more = [...fresh, '--record', this.recording]
    this.command = typed(args, more)
    const [program, ...rest] = insideNamespace(namespace, process.execPath, QBG, ...args, ...more)
    const log = openSync(this.log, 'w', 0o600)
    this.#child = spawn(program!, rest, { stdio: ['ignore', 'pipe', log] })
    closeSync(log)
    this.#ended = once(this.#child, 'exit')
  }

  /** Resolves when it says that it runs, or has ended instead: what follows finds out. */
  static async start(plan: AgentPlan): Promise<Agent> {
    const agent = new Agent(plan)
    const lines = createInterface({ input: agent.#child.stdout! })
    await Promise.race([once(lines, 'line'), agent.#ended])
    return agent
  }

  /** As SIGTERM has it: shutdown LLDPDU, hairpin as it was found. False when it had to be killed, or had ended. */
  async leave(): Promise<boolean> {
    this.#child.kill('SIGTERM')
    await Promise.race([this.#ended, delay(PATIENCE, undefined, { ref: false })])
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.#ended
    return this.#child.exitCode === 0
  }

  lastLines(): string[] {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES)
  }

  /** The port, as soon as it is so, or as it is after `deadline` milliseconds; looked at with every event. */
  async until(enough: (port: PortJson) => boolean, deadline: number): Promise<PortJson> {
    const giveUp = new AbortController()
    const timeout = setTimeout(() => giveUp.abort(), deadline)
    try {
      for await (const _event of this.client.events(undefined, giveUp.signal)) {
        const port = await this.#port()
        if (enough(port)) return port
      }
      return await this.#port()
    } finally {
      clearTimeout(timeout)
      giveUp.abort()
    }
  }

  async #port(): Promise<PortJson> {
    return (await this.client.status()).ports[0]!
  }
}

/** As a person would type it, on two lines where there is more. */
export function typed(args: readonly string[], more: readonly string[] = []): string {
  const continued = more.length > 0 ? ` \\\n    ${more.join(' ')}` : ''
  return `qbg ${args.join(' ')}${continued}`
}

export interface CommandResult {
  readonly status: number
  readonly output: string
}

/** Runs `qbg` to its end, as a person would. */
export async function runQbg(args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [QBG, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const [status] = (await once(child, 'close')) as [number | null]
  return { status: status ?? 1, output: output.trimEnd() }
}
