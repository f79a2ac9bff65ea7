/**
 * Networks for tests, inside the namespaces in which the test's own process runs (`namespace-pool.ts`): sockets
 * opened by the test see what is built here. Further namespaces are named ones of `ip netns`; a program in one
 * is started with `inNamespace`. All of it is gone when the process ends.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'

/** `ip(...)`, run to its end. Throws with what it said on standard error. */
export function ip(command: string): string {
  return run('ip', ...command.split(' '))
}

/** A pair of interfaces with both ends here, both up: frames pass when it returns. */
export function veth(one: string, other: string): void {
  ip(`link add ${one} type veth peer name ${other}`)
  ip(`link set ${one} up`)
  ip(`link set ${other} up`)
  for (const name of [one, other]) untilOperational(name)
}

/** A transmit queue discards what it is given until the kernel has noticed the carrier. */
function untilOperational(name: string): void {
  for (let attempt = 0; attempt < 1000; attempt++) {
    if (ip(`-o link show ${name}`).includes('state UP')) return
  }
  throw new Error(`${name} does not come up`)
}

/** Takes the interfaces away that are there, with their other ends. */
export function removeLinks(...names: readonly string[]): void {
  for (const name of names) {
    try {
      ip(`link del ${name}`)
    } catch {
      // a veth goes with its peer
    }
  }
}

/** A further network namespace, with its loopback up. */
export function addNamespace(name: string): void {
  ip(`netns add ${name}`)
  ip(`-n ${name} link set lo up`)
}

/** Starts a program in a namespace made by `addNamespace`. The caller ends it. */
export function inNamespace(name: string, program: string, ...args: readonly string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', name, program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
}

export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
