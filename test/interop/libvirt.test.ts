/** Unmodified libvirtd and qemu, qbg as their agent in lldpad's place, and a switch: qbg, and lldpad. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { checkOurFrames } from '../support/interop-wire.ts'
import type { Ran } from '../support/libvirt-host.ts'
import { type Guest, guest, interfaceXml, LibvirtRig, type SwitchKind } from '../support/libvirt-rig.ts'
import { ip } from '../support/namespaces.ts'
import { missing, requires } from '../support/requirements.ts'

const NEEDS = ['namespaces', 'libvirt', 'lldpad', 'tshark'] as const
const LONG = 90_000
/** After this libvirt gives up by itself, without a reason. Milliseconds. */
const PATIENCE = 10_000

const [one, two, three, four] = [guest(1), guest(2), guest(3), guest(4)]

let directory: string
let rig: LibvirtRig
const libvirtTest = requires(...NEEDS)
const test = (title: string, body: () => Promise<void>) => libvirtTest(title, body, LONG)
const there = missing(...NEEDS) === undefined

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const expectOk = ({ ok, text }: Ran) => expect(ok, text).toBe(true)
/** `virsh start` failed within libvirt's patience, and with that number. */
function expectNumber({ ok: started, text, milliseconds }: Ran, number: number): void {
  expect({ started, text }).toEqual({
    started: false,
    text: expect.stringContaining(`error ${number} during port-profile setlink on interface up0`),
  })
  expect(milliseconds).toBeLessThan(PATIENCE)
}
const events = async () => (await rig.counters()).events!
const said = (about: Guest, what: 'associated' | 'ended', since?: number) => rig.untilSaid(about, what, since)
const running = async (...guests: readonly Guest[]) => {
  for (const { name } of guests) expect((await rig.host.virsh('domstate', name)).text).toBe('running')
}
/** The switch and the agent agree. */
async function expectVsi(about: Guest): Promise<void> {
  await said(about, 'associated')
  expect(await rig.vsi(about)).toMatchObject({ state: 'associated', owner: 'libvirt', restored: false })
}
/** And their domains run. */
async function expectAssociated(...guests: readonly Guest[]): Promise<void> {
  for (const each of guests) await expectVsi(each)
  await running(...guests)
}

/** The switch ends it, and whoever runs now sees to it that it comes back. */
async function expectReassociation(about: Guest): Promise<void> {
  const since = rig.wire.length
  const before = await events()
  await rig.deassociateAtSwitch(about)
  // The capture may still owe frames from before: only what comes after the end counts.
  await said(about, 'associated', await rig.untilEndSeen(about, since))
  expect(await events()).toBe(before + 1)
  await running(about)
}

describe.each(['qbg', 'lldpad'] satisfies SwitchKind[])(
  'qbg as the agent of libvirt, %s as switch',
  (kind) => {
    beforeAll(async () => {
      rig = new LibvirtRig(kind, join(directory, kind))
      if (there) await rig.build()
    }, LONG)
    afterAll(async () => {
      if (there) await rig.clear()
    }, LONG)

    test('two domains start, each with its VSI', async () => {
      await rig.start(one, two)
      await expectAssociated(one, two)
      expect(await events()).toBe(0)
    })

    test('an interface is plugged into a running domain, and pulled out of it', async () => {
      const file = join(directory, 'third.xml')
      writeFileSync(file, interfaceXml(three))
      expectOk(await rig.host.virsh('attach-device', one.name, file, '--live'))
      await expectVsi(three)
      // a guest without a system lets go of its device when it is reset
      expectOk(await rig.host.virsh('detach-device', one.name, file, '--live'))
      expectOk(await rig.host.virsh('reset', one.name))
      await rig.untilEnded(three)
      await expectAssociated(one, two)
      expect(await events()).toBe(0)
    })

    test('the switch ends a VSI, twice: libvirt is told and asks for it again', async () => {
      await expectReassociation(one)
      await expectReassociation(one)
      await expectAssociated(one, two)
    })

    test('libvirtd is killed and comes back: refreshed, and the new one hears of losses', async () => {
      const asked = (await rig.counters()).associate!
      const before = await events()
      await rig.host.stopLibvirtd('SIGKILL')
      await rig.host.startLibvirtd()
      await rig.untilCounted('associate', asked + 2)
      await expectAssociated(one, two)
      expect(await events()).toBe(before)
      await expectReassociation(two)
    })

    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      test(`the agent is ended by ${signal} and started again: VSIs stay, and libvirt still hears of losses`, async () => {
        const since = rig.wire.length
        await rig.stopAgent(signal)
        await rig.startAgent()
        await said(one, 'associated', since)
        await said(two, 'associated', since)
        await rig.untilConfirmed(one, two)
        await expectAssociated(one, two)
        expect(await events()).toBe(0)
        expect(rig.endsIn(since, one, two)).toEqual([])
        await expectReassociation(one)
      })
    }

    test('the switch is killed and comes back: domains run on, and are associated again', async () => {
      await rig.stopSwitch()
      await rig.untilEvent()
      await running(one, two)
      const since = rig.wire.length
      await rig.startSwitch()
      await said(one, 'associated', since)
      await said(two, 'associated', since)
      await rig.untilConfirmed(one, two)
      await expectAssociated(one, two)
    })

    test('domains end: their VSIs with them, and it is no loss', async () => {
      const before = await events()
      await rig.destroy(one, two)
      await said(one, 'ended')
      await said(two, 'ended')
      expect(await rig.vsi(one)).toMatchObject({ live: false, reason: { code: 'released-by-station' } })
      expect(await events()).toBe(before)
      expect(ip('-o link')).not.toContain('macvtap')
    })

    test('without a switch the start fails with a reason, and works as soon as there is one', async () => {
      await rig.stopSwitch()
      expectNumber(await rig.host.virsh('start', one.name), 112)
      expectNumber(await rig.host.virsh('start', one.name), 112)
      expect(await rig.show(one)).toMatch(/told error 112 at .*acknowledged none of the transmissions/)
      expect((await rig.vsi(one)).live).toBe(false)
      await rig.startSwitch()
      await rig.untilStarted(one) // lldpad is deaf in its first seconds
      await expectAssociated(one)
      await rig.destroy(one)
    })

    if (kind === 'qbg') furtherTests()

    test('a domain moves to another host, and its VSI with it', async () => {
      const other = new LibvirtRig(kind, join(directory, kind), 2)
      try {
        await other.build()
        ip('link add migrate1 type veth peer name migrate2 netns host2')
        ip('addr add 10.99.0.1/24 dev migrate1')
        ip('-n host2 addr add 10.99.0.2/24 dev migrate2')
        ip('link set migrate1 up')
        ip('-n host2 link set migrate2 up')
        await rig.start(four)
        const way = ['--live', four.name, other.host.uri, '--migrateuri', 'tcp://10.99.0.2:49152']
        expectOk(await rig.host.virsh('migrate', ...way))
        expect((await other.host.virsh('domstate', four.name)).text).toBe('running')
        expect(await other.vsi(four)).toMatchObject({ state: 'associated', owner: 'libvirt' })
        expect(await other.counters()).toMatchObject({ preassociate: 1, associate: 1, events: 0 })
        expect(await rig.vsi(four)).toMatchObject({ live: false, reason: { code: 'released-by-station' } })
        await said(four, 'ended')
      } finally {
        await other.clear()
      }
    })

    test('every frame of ours was as it has to be', async () => {
      await rig.stopAgent('SIGTERM')
      await checkOurFrames(await rig.endCapture(), rig.wire, 'station', rig.mac, kind === 'lldpad')
    })
  },
)

/** What does not depend on the kind of switch, or needs one that is told what to do. */
function furtherTests(): void {
  test('the switch refuses: its VDP error is what the administrator sees, and why', async () => {
    await rig.stopSwitch()
    await rig.startSwitch('--policy', '9')
    await rig.untilNeighbor()
    expectNumber(await rig.host.virsh('start', one.name), 4)
    expect(await rig.show(one)).toMatch(/told error 4 at .*the switch refused/)
    expect(ip('-o link')).not.toContain('macvtap')
    await rig.stopSwitch('SIGTERM')
    await rig.startSwitch()
  })

  test('no agent at all: libvirt says so at once, and finds it again without being restarted', async () => {
    await rig.stopAgent('SIGTERM')
    const { ok: started, text, milliseconds } = await rig.host.virsh('start', one.name)
    expect({ started, text }).toEqual({
      started: false,
      text: expect.stringContaining('sending of PortProfileRequest failed'),
    })
    expect(milliseconds).toBeLessThan(2000)
    await rig.startAgent()
    await rig.untilNeighbor()
    expectOk(await rig.host.virsh('start', one.name))
    await rig.destroy(one)
  })

  test('a libvirtd with a port that it takes for an error: qbg says what libvirt does not', async () => {
    await rig.host.stopLibvirtd()
    await rig.host.startLibvirtd('unusable')
    const { text } = await rig.host.virsh('start', one.name)
    expect(text).toContain('sending of PortProfileRequest failed')
    const { problems } = (await rig.client.status()).libvirt!
    expect(problems).toMatchObject([
      {
        code: 'libvirt-event-port',
        text: expect.stringContaining(`libvirtd (process ${rig.host.libvirtdPid})`),
        hint: expect.stringContaining('systemctl restart libvirtd'),
      },
    ])
    await rig.host.stopLibvirtd()
    await rig.host.startLibvirtd()
    expect((await rig.client.status()).libvirt!.problems).toEqual([])
  })
}
