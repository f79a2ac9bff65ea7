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

function listEthernet(links: LinkSource): string {
  const names = links
    .list()
    .filter((link) => link.ethernet)
    .map((link) => link.name)
  const more = names.length > MAX_LISTED ? `, and ${names.length - MAX_LISTED} more` : ''
  return names.length === 0 ? 'none' : names.slice(0, MAX_LISTED).join(', ') + more
}
