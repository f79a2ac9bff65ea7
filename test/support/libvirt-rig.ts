/**
 * A host with libvirt and qbg as its agent, its uplink, and a switch at the other end: qbg or lldpad. The cable is a
 * VXLAN over a veth pair: libvirt follows IFLA_LINK, which a veth has and a VXLAN has not (src/README.md).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import { REQ_ACK } from '../../protocol/vdp/status.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { toHex } from '../../protocol/wire/octets.ts'
import { ControlClient } from '../../src/control/client.ts'
import type { VsiJson } from '../../src/control/schema/vsi.ts'
import { type Running, runQbg, startQbg } from './cli.ts'
import { keep } from './interop-rig.ts'
import { readWire, type WireFrame } from './interop-wire.ts'
import { LibvirtHost } from './libvirt-host.ts'
import { Lldpad } from './lldpad.ts'
import { addNamespace, ip, run } from './namespaces.ts'
import { command, DEASSOC, ecpRequest, tlv, ulpdu } from './vdp.ts'
import { WireTap } from './wire-tap.ts'

const RUNNER = new URL('run-typescript.mjs', import.meta.url).pathname
const SENDER = new URL('../netns/programs/send-frame.ts', import.meta.url).pathname
/** The same on every host: a domain that is migrated keeps it. */
export const UPLINK = 'up0'

export interface Guest {
  readonly name: string
  readonly uuid: string
  readonly mac: string
  readonly typeId?: number
}

/** Guest `n` of the tests. */
export const guest = (n: number): Guest => ({
  name: `guest${n}`,
  uuid: `09b11c53-8b5c-4eeb-8f00-d84eaa0a${n.toString(16).padStart(4, '0')}`,
  mac: `52:54:00:12:34:${n.toString(16).padStart(2, '0')}`,
})

export function interfaceXml({ uuid, mac, typeId = 1193047 }: Guest): string {
  return `<interface type='direct'>
  <mac address='${mac}'/>
  <source dev='${UPLINK}' mode='vepa'/>
  <virtualport type='802.1Qbg'>
    <parameters managerid='11' typeid='${typeId}' typeidversion='2' instanceid='${uuid}'/>
  </virtualport>
  <model type='virtio'/>
</interface>`
}

const domainXml = (one: Guest) => `<domain type='qemu'>
  <name>${one.name}</name>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    ${interfaceXml(one)}
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>`

/** An agent that starts slowly on a busy machine is back before its switch misses a keep-alive: RKA 20 is 10.5 s. */
const TIMERS = ['--rwd', '17', '--rka', '20']

export type SwitchKind = 'qbg' | 'lldpad'

export class LibvirtRig {
  readonly kind: SwitchKind
  readonly directory: string
  readonly client: ControlClient
  readonly switchClient: ControlClient
  readonly mac: MacAddress
  readonly switchMac: MacAddress
  host!: LibvirtHost
  readonly #number: number
  /** Of the host; absent: that of this process, where the wire is also captured. */
  readonly #namespace: string | undefined
  readonly #switchNamespace: string
  readonly #lldpad: Lldpad
  #agent: Running | undefined
  #switch: Running | undefined
  #tap: WireTap | undefined
  #sequence = 0x7700

  constructor(kind: SwitchKind, directory: string, number = 1) {
    this.kind = kind
    this.#number = number
    this.directory = join(directory, `host${number}`)
    this.#namespace = number === 1 ? undefined : `host${number}`
    this.#switchNamespace = `switch${number}`
    this.mac = `02:00:00:00:0c:0${number}` as MacAddress
    this.switchMac = `02:00:00:00:0d:0${number}` as MacAddress
    this.client = new ControlClient(join(this.directory, 'station.sock'))
    this.switchClient = new ControlClient(join(this.directory, 'bridge.sock'))
    const place = { namespace: this.#switchNamespace, iface: 'swp0', role: 'bridge' } as const
    this.#lldpad = new Lldpad(place, { vdprwd: 17, vdprka: 20 })
  }

  /** Everything runs when it resolves. */
  async build(): Promise<void> {
    if (this.#namespace) addNamespace(this.#namespace)
    addNamespace(this.#switchNamespace)
    this.host = await LibvirtHost.prepare(this.directory, this.#number, this.#namespace)
    this.#cable()
    if (this.#namespace === undefined) this.#tap = await WireTap.open(UPLINK)
    await this.startSwitch()
    await this.startAgent()
    await this.host.startLibvirtd()
  }

  #cable(): void {
    const at = this.#namespace === undefined ? '' : `-n ${this.#namespace} `
    const far = `-n ${this.#switchNamespace} `
    const n = this.#number
    ip(`${at}link add wire${n} type veth peer name wire0 netns ${this.#switchNamespace}`)
    ip(`${at}addr add 10.9.${n}.1/30 dev wire${n}`)
    ip(`${far}addr add 10.9.${n}.2/30 dev wire0`)
    ip(`${at}link set wire${n} up`)
    ip(`${far}link set wire0 up`)
    ip(`${at}link add ${UPLINK} address ${this.mac} type vxlan id ${n} remote 10.9.${n}.2 dstport 4789`)
    ip(`${far}link add swp0 address ${this.switchMac} type vxlan id ${n} remote 10.9.${n}.1 dstport 4789`)
    ip(`${at}link set ${UPLINK} up`)
    ip(`${far}link set swp0 up`)
  }

  async startAgent(): Promise<void> {
    const at = (name: string) => join(this.directory, name)
    const files = [
      '--control',
      at('station.sock'),
      '--state',
      at('state.json'),
      '--log-file',
      at('station.log'),
    ]
    this.#agent = startQbg(['station', UPLINK, '--libvirt', ...files, ...TIMERS], {}, this.host.inside)
    await this.#agent.says(/^qbg station on /m)
  }

  async stopAgent(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await stop(this.#agent, signal)
  }

  /** `options` are of a qbg switch. */
  async startSwitch(...options: readonly string[]): Promise<void> {
    if (this.kind === 'lldpad') return this.#lldpad.start()
    const inside = ['ip', 'netns', 'exec', this.#switchNamespace]
    const files = [
      '--control',
      join(this.directory, 'bridge.sock'),
      '--log-file',
      join(this.directory, 'bridge.log'),
    ]
    this.#switch = startQbg(['bridge', 'swp0', ...files, ...TIMERS, ...options], {}, inside)
    await this.#switch.says(/^qbg bridge on /m)
  }

  /** SIGKILL: without a word on the wire. */
  async stopSwitch(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    if (this.kind === 'lldpad') await this.#lldpad.stop(signal)
    else await stop(this.#switch, signal)
  }

  /** The switch ends a VSI: ours by command; lldpad cannot be told to, so its frame is sent in its place. */
  async deassociateAtSwitch({ uuid }: Guest): Promise<void> {
    if (this.kind === 'qbg') {
      const { answers } = await this.switchClient.request({
        requests: [{ mode: 'deassociate', id: uuid }],
        wait: 5,
      })
      expect(answers).toMatchObject([{ ok: true }])
      return
    }
    const vsiId = { format: 5, value: uuid.replaceAll('-', '') }
    const payload = ulpdu(tlv({ ...command(1), type: DEASSOC, vsiId }, 0))
    const frame = ecpRequest({ from: this.switchMac, sequence: ++this.#sequence }, payload)
    run('ip', 'netns', 'exec', this.#switchNamespace, process.execPath, RUNNER, SENDER, 'swp0', toHex(frame))
  }

  /** Defines it; `virsh start` is the test's. */
  async define(one: Guest): Promise<void> {
    const file = join(this.directory, `${one.name}.xml`)
    writeFileSync(file, domainXml(one))
    expect(await this.host.virsh('define', file)).toMatchObject({ ok: true })
  }

  async start(...guests: readonly Guest[]): Promise<void> {
    for (const one of guests) {
      await this.define(one)
      expect(await this.host.virsh('start', one.name)).toMatchObject({ ok: true, text: expect.any(String) })
    }
  }

  async destroy(...guests: readonly Guest[]): Promise<void> {
    for (const { name } of guests) expect(await this.host.virsh('destroy', name)).toMatchObject({ ok: true })
  }

  async vsi({ uuid }: Guest): Promise<VsiJson> {
    return (await this.client.vsi(uuid)).vsi
  }

  /** What the agent says as a person asks it. */
  async show({ uuid }: Guest): Promise<string> {
    return (await runQbg(['vsi', 'show', uuid, '--control', join(this.directory, 'station.sock')])).stdout
  }

  async counters(): Promise<Record<string, number>> {
    return (await this.client.status()).libvirt!.counters
  }

  get wire(): WireFrame[] {
    return readWire(this.#tap?.frames ?? [])
  }

  async untilSaid(about: Guest, what: 'associated' | 'ended', since = 0): Promise<void> {
    await until(`${about.name} ${what} on the wire`, async () => this.saidBySwitch(about, since) === what)
  }

  /** What the switch said last of a VSI since frame number `since`: associated, ended, or nothing. */
  saidBySwitch({ uuid }: Guest, since = 0): 'associated' | 'ended' | undefined {
    const theirs = this.wire.slice(since).filter(({ from, vdp }) => from === this.switchMac && vdp)
    const about = theirs
      .flatMap(({ vdp }) => vdp!.items)
      .flatMap((item) => ('association' in item ? [item.association] : []))
    const last = about.filter(({ vsiId }) => vsiId.value === uuid.replaceAll('-', '')).at(-1)
    if (last === undefined) return undefined
    const yes = last.type === ASSOCIATION_TYPES.associate && last.status === REQ_ACK
    return yes ? 'associated' : 'ended'
  }

  /** Frames since `since` with a De-Associate of one of these, from either side, in words. */
  endsIn(since: number, ...guests: readonly Guest[]): string[] {
    const ends = (frame: WireFrame) => guests.some((about) => isEnd(frame, about))
    return this.wire.slice(since).filter(ends).map(describeFrame)
  }

  /** The number of the first frame since `since` that ends it. */
  async untilEndSeen(about: Guest, since: number): Promise<number> {
    const find = () => this.wire.findIndex((frame, number) => number >= since && isEnd(frame, about))
    await until(`a De-Associate of ${about.name} on the wire`, async () => find() >= 0)
    return find()
  }

  /** The agent has seen that the VSI is over. */
  async untilEnded(about: Guest): Promise<void> {
    await until(`the end of ${about.name}`, async () => !(await this.vsi(about)).live)
  }

  /** What a restarted agent asked for, or the station by itself, is granted. */
  async untilConfirmed(...guests: readonly Guest[]): Promise<void> {
    for (const about of guests) {
      await until(`${about.name} confirmed`, async () => {
        const { state, restored } = await this.vsi(about)
        return state === 'associated' && !restored
      })
    }
  }

  /** libvirt has been told of a loss once more. */
  async untilEvent(): Promise<void> {
    const before = (await this.counters()).events!
    await until('event', async () => (await this.counters()).events! > before)
  }

  async untilCounted(counter: string, count: number): Promise<void> {
    await until(`${count} ${counter}`, async () => (await this.counters())[counter]! >= count)
  }

  /** As an administrator who tries again. */
  async untilStarted({ name }: Guest): Promise<void> {
    await until(`start of ${name}`, async () => (await this.host.virsh('start', name)).ok, 20_000)
  }

  /** EVB is negotiated. */
  async untilNeighbor(): Promise<void> {
    await until('an EVB bridge', async () => (await this.client.status()).ports[0]!.vdp.ready)
  }

  /** The capture, whole. */
  async endCapture(): Promise<Uint8Array> {
    await this.#tap!.close()
    return this.#tap!.file
  }

  /** Leaves nothing, whatever happened. */
  async clear(): Promise<void> {
    await this.host?.clear()
    await this.stopAgent('SIGKILL')
    await this.stopSwitch()
    await this.#tap?.close()
    if (this.#tap) keep(this.#tap.file, `libvirt-${this.kind}`)
    if (this.#namespace) ip(`netns del ${this.#namespace}`)
    else for (const name of [UPLINK, `wire${this.#number}`]) ip(`link del ${name}`)
    ip(`netns del ${this.#switchNamespace}`)
  }
}

async function stop(running: Running | undefined, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  running?.child.kill(signal)
  const ended = await running?.ended
  if (signal === 'SIGTERM' && ended) expect(ended).toMatchObject({ status: 0 })
}

function isEnd({ vdp }: WireFrame, { uuid }: Guest): boolean {
  const id = uuid.replaceAll('-', '')
  const ends = (item: NonNullable<WireFrame['vdp']>['items'][number]) =>
    'association' in item && item.association.type === DEASSOC && item.association.vsiId.value === id
  return vdp?.items.some(ends) ?? false
}

function describeFrame({ from, ecp, vdp }: WireFrame): string {
  const items = vdp?.items.map((item) => {
    if (!('association' in item)) return 'unreadable'
    const { type, status, vsiId } = item.association
    return `TLV ${type} status ${status} ${vsiId.value}`
  })
  return `${from} ${ecp === undefined ? 'LLDP' : `ECP ${ecp.op} ${ecp.sequence}`} ${items?.join(', ') ?? ''}`
}

async function until(what: string, enough: () => Promise<boolean>, deadline = 40_000): Promise<void> {
  const end = performance.now() + deadline
  while (!(await enough())) {
    if (performance.now() > end) throw new Error(`no ${what} within ${deadline} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
