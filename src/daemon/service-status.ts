/** A running daemon in one line, as `systemctl status` shows it. */
import { describePort } from '../../protocol/engine/step.ts'
import type { AgentPort } from './agent-port.ts'

export function serviceStatus(ports: readonly AgentPort[]): string {
  return ports.map(describe).join('; ')
}

function describe({ name, driver }: AgentPort): string {
  const { link, peer, relay, vdp } = describePort(driver.state)
  if (!link.up) return `${name}: link down`
  const { none: _, ...held } = vdp.vsis
  const count = Object.values(held).reduce((sum, number) => sum + number, 0)
  const neighbor = peer === null ? 'no EVB neighbour' : `EVB neighbour ${peer.systemName ?? peer.mac}`
  return `${name}: ${neighbor}, relay ${relay.active ? 'on' : 'off'}, ${count} VSI${count === 1 ? '' : 's'}`
}
