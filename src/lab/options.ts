/** The command line of `qbg lab`: what it takes, and its help. */
import { parseArgs } from 'node:util'
import { ControlError } from '../control/control-error.ts'

export interface LabOptions {
  /** Stay after both VSIs are associated, until a signal. */
  readonly keep: boolean
  /** One JSON document on standard output instead of the story. */
  readonly json: boolean
  /** Directory for logs, recordings and the capture, which are kept there; a temporary one when absent. */
  readonly directory?: string
}

export const HELP = `Usage: qbg lab [options]        (in a clone: npm start, npm start -- [options])

A host with two VMs, a switch and another server, each in a network namespace of its own, and the real agents
between them. Shows step by step, and verifies, how 802.1Qbg lets the two VMs talk through the switch.

Options:
  --keep           stay when the VMs can talk, and print how to look around; Ctrl-C ends it
  --directory DIR  keep logs, recordings and the capture in DIR (default: a temporary directory, removed at the end)
  --json           one JSON document on standard output
  -h, --help       this text

Needs Linux, iproute2 (ip, bridge) and util-linux (unshare, nsenter, mount). Runs as root, or as any user where the
kernel lets users make namespaces of their own. Nothing outside these namespaces is touched, and nothing is left.

Exit status:
  0    every step went as it should
  1    an expectation was not met; the output says which
  2    wrong usage
  5    the lab cannot run here; standard error says what to do
  130  ended by Ctrl-C (128 + the number of any other signal)
`

/** Undefined when help is asked for. Throws ControlError. */
export function parseOptions(argv: readonly string[]): LabOptions | undefined {
  const { keep, json, directory, help } = parse(argv)
  if (help) return undefined
  return { keep, json, ...(directory !== undefined && { directory }) }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        directory: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (cause) {
    throw new ControlError('bad-usage', firstSentence(cause), { hint: 'qbg lab --help', cause })
  }
}

function firstSentence(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause).split('. ')[0]!
}
