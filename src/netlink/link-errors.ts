/** What is wrong with an interface that somebody named, said in a way that helps. */
import { OperationalError } from '../runtime/operational-error.ts'
import type { Link, LinkSource } from './link.ts'

/** Names listed in a hint; a host may have thousands. */
const MAX_LISTED = 20

/** The interface of that name. Throws OperationalError when there is none or it is not Ethernet. */
export function requireEthernet(links: LinkSource, name: string, operation: string): Link {
  const link = links.find(name)
  if (link === undefined) {
    const hint = `these exist: ${listEthernet(links)}`
    throw new OperationalError('no-such-interface', `there is no interface ${name}`, { operation, hint })
  }
  if (!link.ethernet) {
    const hint = `Ethernet interfaces here: ${listEthernet(links)}`
    throw new OperationalError('not-ethernet', `${name} is not an Ethernet interface`, { operation, hint })
  }
  return link
}

/** Kinds whose interface is the switch itself: what is sent to its address for neighbours is for its ports to see. */
const SWITCHES = ['bridge', 'openvswitch']

/** Ethernet, and no switch by itself. */
export function canBePort({ ethernet, kind }: Link): boolean {
  return ethernet && !SWITCHES.includes(kind ?? '')
}

/** The interface of that name, which can be a port. Throws OperationalError. */
export function requirePort(links: LinkSource, name: string, operation: string): Link {
  const link = requireEthernet(links, name, operation)
  if (canBePort(link)) return link
  const ports = links.list().flatMap((one) => (one.master === link.index ? [one.name] : []))
  const hint =
    ports.length === 0
      ? 'name a port of it; it has none yet'
      : `its ports: ${ports.slice(0, MAX_LISTED).join(', ')}`
  const what = link.kind === 'bridge' ? 'a bridge' : 'an Open vSwitch interface'
  throw new OperationalError('not-a-port', `${name} is ${what}: name its ports`, { operation, hint })
}

function listEthernet(links: LinkSource): string {
  const names = links
    .list()
    .filter((link) => link.ethernet)
    .map((link) => link.name)
  const more = names.length > MAX_LISTED ? `, and ${names.length - MAX_LISTED} more` : ''
  return names.length === 0 ? 'none' : names.slice(0, MAX_LISTED).join(', ') + more
}
