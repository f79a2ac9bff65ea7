/** A remote system as the rest of a port, and people, are shown it. Texts a neighbour sent are made printable. */
import { findEvbTlv } from '../evb/organizational.ts'
import { printable } from '../lldp/admin-string.ts'
import { formatChassisId } from '../lldp/chassis-id.ts'
import { formatManagementAddress } from '../lldp/management-address.ts'
import { formatPortId } from '../lldp/port-id.ts'
import type { RemoteSystem } from '../lldp/remote-table.ts'
import type { Neighbor } from './neighbor.ts'

export function describeNeighbor({ msap, mac, lldpdu }: RemoteSystem): Neighbor {
  const { portDescription, systemName, systemDescription, systemCapabilities } = lldpdu
  const evb = findEvbTlv(lldpdu.organizational)
  return {
    msap,
    chassisId: formatChassisId(lldpdu.chassisId),
    portId: formatPortId(lldpdu.portId),
    mac,
    ttl: lldpdu.ttl,
    ...(portDescription !== undefined && { portDescription: printable(portDescription) }),
    ...(systemName !== undefined && { systemName: printable(systemName) }),
    ...(systemDescription !== undefined && { systemDescription: printable(systemDescription) }),
    ...(systemCapabilities && { systemCapabilities }),
    managementAddresses: lldpdu.managementAddresses.map(formatManagementAddress),
    ...(evb && { evb }),
  }
}
