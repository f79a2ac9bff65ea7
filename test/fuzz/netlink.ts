/** What the kernel, or whoever has the agent's netlink port, may send. The first octet chooses. */
import { LibvirtAgent } from '../../src/libvirt/agent.ts'
import { decodeLinkMessage } from '../../src/netlink/link-message.ts'
import { readMessages } from '../../src/netlink/netlink-message.ts'
import { decodeElements } from '../../src/nftables/nft-set.ts'
import { tableComment, tableOf } from '../../src/nftables/nft-table.ts'
import { getLink, setLink } from '../support/libvirt-octets.ts'
import { claim } from './target.ts'

const SHAPES = (['port', 'mac', 'vid'] as const).map((field) => ({ name: 'set', key: [field] }))
const MAX_ENTRIES = 64

export function* seeds(): Generator<Uint8Array> {
  for (const operation of ['preassociate', 'associate', 'deassociate'] as const) {
    for (const choice of [0, 1, 2]) yield Uint8Array.from([choice, ...setLink({ operation }), ...getLink()])
  }
}

export function fuzz(data: Uint8Array): void {
  const datagram = Buffer.from(data.subarray(1))
  if ((data[0] ?? 0) % 3 === 0) return agent(datagram)
  for (const { type, payload } of readMessages(datagram)) {
    decodeLinkMessage({ type, payload })
    tableOf(payload)
    tableComment(payload)
    for (const shape of SHAPES) decodeElements(shape as never, payload)
  }
}

/** Every request gets an answer in the step that takes it; no fault of ours; what is remembered has a bound. */
function agent(datagram: Buffer): void {
  const uplink = { name: 'eth0', index: 2 }
  const one = new LibvirtAgent({
    agentPort: 4242,
    findUplink: ({ index }) => (index === 2 ? uplink : undefined),
  })
  for (let now = 0; now < 30_000; now += 10_000) {
    const effects = [...one.receive(datagram, 77, now), ...one.pass(now + 9_500)]
    for (const effect of effects) if (effect.type === 'fault') throw effect.error
  }
  claim(one.size <= MAX_ENTRIES, () => `${one.size} VSIs remembered`)
}
