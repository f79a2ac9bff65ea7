/** What to type in another terminal while the lab stays. */
import { readlinkSync } from 'node:fs'
import type { Stage } from './stage.ts'
import { NAMESPACES } from './topology.ts'

export function lookAround(stage: Stage, userNamespace: boolean): string[] {
  return [
    '',
    'The lab stays until Ctrl-C. From another terminal, as the same user, in this directory:',
    '',
    ...stage.agents.flatMap(({ control }) => [`  npx qbg status --control ${control}`]),
    ...stage.agents.slice(0, 1).map(({ control }) => `  npx qbg vsi watch --all --control ${control}`),
    '',
    'A shell in one of its namespaces (in the VMs and the server, UDP port 7 answers with an echo):',
    '',
    ...NAMESPACES.map((name) => `  ${enter(name, userNamespace)}`),
    '',
    'Frames at the switch port, for Wireshark; what each agent did, and its log:',
    '',
    ...[stage.captureFile, ...stage.agents.flatMap(({ recording, log }) => [recording, log])].map(
      (file) => `  ${file}`,
    ),
  ]
}

/** The namespaces' names are in a file system of the lab's own: it is reached through the lab's process. */
function enter(namespace: string, userNamespace: boolean): string {
  const pid = outerPid()
  const itsFiles = `/proc/${pid}/root`
  const user = userNamespace ? ' --preserve-credentials --user' : ''
  return `nsenter -t ${pid}${user} --net=${itsFiles}/run/netns/${namespace}`
}

/** This process's number outside: /proc is still the one from there. */
function outerPid(): string {
  return readlinkSync('/proc/self')
}
