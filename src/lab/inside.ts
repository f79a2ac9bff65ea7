/**
 * The lab in its namespaces, as the first process there. It builds the stage, tells the story, and ends with the
 * lab's exit status; everything it started ends with it. Started by `enclosure.ts` only.
 */
import { rmSync } from 'node:fs'
import { describeError, OperationalError } from '../runtime/operational-error.ts'
import { endWithoutOutput, watchStandardOutput } from '../runtime/standard-output.ts'
import type { InsideOptions } from './enclosure.ts'
import type { FromInside, ToInside } from './inside-message.ts'
import { lookAround } from './look-around.ts'
import { Report, wantsColour } from './report.ts'
import { Stage } from './stage.ts'
import { afterTraffic, upToTraffic } from './steps.ts'

type Outcome = 'passed' | 'failed' | 'interrupted'

const PICTURE = [
  'The VEPA lab: a host with two VMs, a switch and a server, each in a network namespace of its own.',
  '',
  '   vm1 192.0.2.1  macvlan (vepa) --+',
  '                                   +-- host uplink0 ===== swp1, switch br0, swp2 ===== server 192.0.2.3',
  '   vm2 192.0.2.2  macvlan (vepa) --+',
]

const options = JSON.parse(process.argv[2] ?? '{}') as InsideOptions
watchStandardOutput(endWithoutOutput(1))
const write = (text: string) => process.stdout.write(text)
const report = new Report(options.json ? undefined : write, wantsColour(process.stdout))
const stage = new Stage(options.directory)
let summarized = false

process.on('disconnect', abandoned)
if (!process.connected) abandoned()
process.exit(await run())

/** Resolves with the exit status. */
async function run(): Promise<number> {
  try {
    const status = await Promise.race([tell(), untilAskedToLeave()])
    await stage.stopAgents()
    return status
  } catch (error) {
    await sendError(error)
    return 1
  }
}

async function tell(): Promise<number> {
  report.lines(...PICTURE)
  await stage.build()
  const failure = await attempt(() => upToTraffic(report, stage))
  if (options.keep) return stay(failure)
  return conclude(failure ?? (await attempt(() => afterTraffic(report, stage))))
}

/** Undefined when every step went as it should, otherwise what did not. An agent that is gone is such a thing. */
async function attempt(steps: () => Promise<void>): Promise<string | undefined> {
  try {
    await steps()
    return undefined
  } catch (error) {
    return describeError(error)
  }
}

function conclude(failure: string | undefined): number {
  if (failure !== undefined) tellFailure(failure)
  else report.conclude('green', 'every step went as it should')
  summarize(failure === undefined ? 'passed' : 'failed')
  return failure === undefined ? 0 : 1
}

/** Until a signal: its status is the lab's. */
function stay(failure: string | undefined): Promise<never> {
  if (failure !== undefined) tellFailure(failure)
  report.lines(...lookAround(stage, options.userNamespace))
  summarize(failure === undefined ? 'passed' : 'failed')
  return new Promise(() => {})
}

function tellFailure(failure: string): void {
  report.conclude('red', `not as it should be: ${failure}`)
  for (const agent of stage.agents) {
    report.lines('', `last lines of the log of qbg ${agent.role} (${agent.log}):`, ...agent.lastLines())
  }
}

function untilAskedToLeave(): Promise<number> {
  return new Promise((resolve) => {
    process.on('message', ({ status }: ToInside) => {
      report.conclude('bold', 'leaving')
      report.end()
      summarize('interrupted')
      resolve(status)
    })
  })
}

/** The one document of `--json`. */
function summarize(outcome: Outcome): void {
  if (!options.json || summarized) return
  summarized = true
  const { directory, keep, temporary } = options
  const files = keep || !temporary ? { directory } : {}
  const lines = keep ? { lookAround: lookAround(stage, options.userNamespace) } : {}
  const summary = {
    schema: 'qbg/v1/lab',
    outcome,
    duration: Math.round(performance.now()),
    ...files,
    steps: report.steps,
    ...lines,
  }
  write(`${JSON.stringify(summary, null, 2)}\n`)
}

async function sendError(error: unknown): Promise<void> {
  await new Promise((resolve) => process.send?.(toMessage(error), resolve))
}

function toMessage(error: unknown): FromInside {
  if (!(error instanceof OperationalError)) {
    return { reason: String(error), ...(error instanceof Error && error.stack && { stack: error.stack }) }
  }
  const { code, operation, hint, message } = error
  return { code, operation, reason: message.slice(operation.length + 2), ...(hint && { hint }) }
}

/** The user's process was killed: nobody else cleans up. */
function abandoned(): void {
  if (options.temporary) rmSync(options.directory, { recursive: true, force: true })
  process.exit(1)
}
