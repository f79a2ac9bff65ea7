/** The data plane of a daemon, as its settings have it. */
import type { DataPlane } from '../data-plane/data-plane.ts'
import { LinuxBridgePlane } from '../data-plane/linux-bridge.ts'
import { NftKernel } from '../data-plane/nft-kernel.ts'
import { NoDataPlane } from '../data-plane/no-data-plane.ts'
import { forgetAddress } from '../netlink/bridge-fdb.ts'
import { readHairpin, setHairpin } from '../netlink/bridge-port.ts'
import type { LinkSource } from '../netlink/link.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { DaemonPlan } from './compose.ts'
import { DataPlaneByPort } from './data-plane-by-port.ts'
import { lockedInterfaces } from './interface-lock.ts'

/** A station has none: what it sends goes out by the one port there is. */
export function createDataPlane(
  { role, settings }: DaemonPlan,
  { links, log }: { readonly links: LinkSource; readonly log: Log },
): DataPlane {
  if (role === 'station' || settings.dataPlane === 'none') return new NoDataPlane()
  const plane = new LinuxBridgePlane({
    openKernel: () => new NftKernel(),
    bridgePorts: { setHairpin, readHairpin: (port) => readHairpin(port), forgetAddress },
    links,
    clock: systemClock,
    log,
    held: lockedInterfaces,
    pid: process.pid,
  })
  return new DataPlaneByPort(plane)
}
