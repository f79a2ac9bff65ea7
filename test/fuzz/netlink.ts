/** What the kernel, or whoever has the agent's netlink port, may send. The first octet chooses. */
import { stateAfter } from '../../protocol/vdp/command.ts'
import { LibvirtAgent } from '../../src/libvirt/agent.ts'
import type { AgentEffect } from '../../src/libvirt/outlet.ts'
import { readDatagram } from '../../src/libvirt/request.ts'
import { decodeLinkMessage } from '../../src/netlink/link-message.ts'
import { readMessages } from '../../src/netlink/netlink-message.ts'
import { decodeElements } from '../../src/nftables/nft-set.ts'
import { tableComment, tableOf } from '../../src/nftables/nft-table.ts'
import { getLink, setLink } from '../support/libvirt-octets.ts'
import { claim } from './target.ts'

const SHAPES = (['port', 'mac', 'vid'] as const).map((field) => ({ name: 'set', key: [field] }))
/** Of the switch, to all that is asked for. */
const OUTCOMES = ['none', 'granted', 'refused'] as const
type Outcome = (typeof OUTCOMES)[number]
type Ask = Extract<AgentEffect, { type: 'ask' }>

export function* seeds(): Generator<Uint8Array> {
  for (const operation of ['preassociate', 'associate', 'deassociate'] as const) {
    for (const choice of [0, 1, 3, 6])
      yield Uint8Array.from([choice, ...setLink({ operation }), ...getLink()])
  }
}

export function fuzz(data: Uint8Array): void {
  const datagram = Buffer.from(data.subarray(1))
  const choice = data[0] ?? 0
  if (choice % 3 === 0) return agent(datagram, OUTCOMES[Math.floor(choice / 3) % OUTCOMES.length]!)
  for (const { type, payload } of readMessages(datagram)) {
    decodeLinkMessage({ type, payload })
    tableOf(payload)
    tableComment(payload)
    for (const shape of SHAPES) decodeElements(shape as never, payload)
  }
}

/** Every request gets an answer in the step that takes it, whatever the switch says then; no fault of ours. */
function agent(datagram: Buffer, outcome: Outcome): void {
  const uplink = { name: 'eth0', index: 2 }
  const one = new LibvirtAgent({
    agentPort: 4242,
    findUplink: ({ index }) => (index === 2 ? uplink : undefined),
  })
  const { requests } = readDatagram(datagram)
  for (let now = 0; now < 30_000; now += 10_000) {
    const effects = unfaulted(one.receive(datagram, 77, now))
    const answers = effects.filter(({ type }) => type === 'answer')
    claim(answers.length >= requests.length, () => `${answers.length} answers to ${requests.length} requests`)
    for (const effect of effects) if (effect.type === 'ask') hear(one, effect, outcome, now)
    unfaulted(one.pass(now + 9_500))
  }
  claim(one.size <= requests.length, () => `${one.size} VSIs after ${requests.length} requests`)
}

/** The final report, and that what was granted is lost a moment later. */
function hear(agent: LibvirtAgent, { ask, place, command }: Ask, outcome: Outcome, now: number): void {
  if (outcome === 'none') return
  const isGranted = outcome === 'granted' && command !== null
  const state = isGranted ? stateAfter(command.type) : 'none'
  const report = {
    vsi: place.vsi,
    state,
    command,
    outcome: isGranted ? outcome : 'refused',
    tickets: [],
  } as const
  const reason = { code: 'other-failure' } as const
  unfaulted(agent.answered(ask, place, isGranted ? report : { ...report, reason }, now + 100))
  if (!isGranted) return
  const lost = { ...report, state: 'none', outcome: 'lost', reason } as const
  unfaulted(agent.reported(place.port, lost, now + 200))
  unfaulted(agent.undeliverable(place, now + 300))
}

function unfaulted(effects: readonly AgentEffect[]): readonly AgentEffect[] {
  for (const effect of effects) if (effect.type === 'fault') throw effect.error
  return effects
}
