/** What the switch really passes: frames on the wires on every side of it, before, during and after VSIs. */
import { spawn } from 'node:child_process'
import { describe, expect, vi } from 'vitest'
import { runQbg } from '../support/cli.ts'
import { FrameSegment } from '../support/frame-segment.ts'
import { ip, removeLinks, run, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'
import { MAC, type SwitchRig, withSwitch } from '../support/switch-rig.ts'

const test = requires('namespaces', 'bridge', 'nftables')
const LONG = 60_000

const toServer = { from: MAC.vm1, to: MAC.server }
const toVm1 = { from: MAC.server, to: MAC.vm1 }
const toAll = { from: MAC.vm1, to: MAC.all }
const fromServerToAll = { from: MAC.server, to: MAC.all }

/** Everything vm1 could have, at once. */
async function reach(rig: SwitchRig, vid?: number): Promise<Record<string, boolean>> {
  const tag = vid === undefined ? {} : { vid }
  return {
    out: await rig.comesOut({ ...toServer, ...tag }),
    outToAll: await rig.comesOut({ ...toAll, ...tag }),
    in: await rig.comesIn({ ...toVm1, ...tag }),
    inToAll: await rig.comesIn({ ...fromServerToAll, ...tag }),
  }
}

const ALL = { out: true, outToAll: true, in: true, inToAll: true }
/** The witness is in the untagged VLAN: the port has a reason to hear its groups. */
const NOTHING = { out: false, outToAll: false, in: false, inToAll: true }
const NOTHING_TAGGED = { ...NOTHING, inToAll: false }

describe('a port of a bridge', () => {
  test(
    'passes a VM’s frames while it is associated, and nobody else’s ever',
    () =>
      withSwitch(async (rig) => {
        expect(await reach(rig)).toEqual(ALL)
        await rig.startBoth()
        expect(await reach(rig)).toEqual(NOTHING)
        expect(await rig.turnsRound(toAll)).toBe(false)

        await rig.associate('vm1', MAC.vm1)
        expect(await reach(rig)).toEqual(ALL)
        expect(await rig.turnsRound(toAll)).toBe(true)
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(false)
        expect(await rig.turnsRound({ from: MAC.vm2, to: MAC.vm1 })).toBe(false)
        expect(await rig.turnsRound({ from: MAC.vm1, to: MAC.vm2 })).toBe(false)
        expect(await reach(rig, 200)).toEqual(NOTHING_TAGGED)

        await rig.associate('vm2', MAC.vm2)
        expect(await rig.turnsRound({ from: MAC.vm1, to: MAC.vm2 })).toBe(true)
        expect(await rig.turnsRound({ from: MAC.vm2, to: MAC.vm1 })).toBe(true)

        await rig.deassociate('vm1')
        expect(await reach(rig)).toEqual(NOTHING)
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(true)
      }),
    LONG,
  )

  test(
    'holds a VSI to its VLAN; untagged and priority-tagged frames are in that of the port',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', `${MAC.vm1}/200`)
        expect(await reach(rig, 200)).toEqual(ALL)
        expect(await reach(rig, 201)).toEqual(NOTHING_TAGGED)
        expect(await reach(rig)).toEqual(NOTHING)
        expect(await rig.turnsRound({ ...toAll, vid: 200 })).toBe(true)
        await rig.associate('vm2', `${MAC.vm2}/1`)
        for (const tag of [{}, { vid: 0 }, { vid: 1 }]) {
          expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server, ...tag })).toBe(true)
        }
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server, vid: 200 })).toBe(false)
      }),
    LONG,
  )

  test(
    'passes a whole VLAN for a VSI that names only that',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', '200')
        expect(await reach(rig, 200)).toEqual(ALL)
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server, vid: 200 })).toBe(true)
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(false)
        await rig.deassociate('vm1')
        expect(await reach(rig, 200)).toEqual(NOTHING_TAGGED)
      }),
    LONG,
  )

  test(
    'keeps reserved group addresses to itself, whatever its bridge does, and hears them',
    () =>
      withSwitch(async (rig) => {
        const reserved = Array.from({ length: 16 }, (_, last) => `01:80:c2:00:00:0${last.toString(16)}`)
        const lldp = { from: MAC.witness, ethertype: 0x88cc }
        ip('link set br0 type bridge group_fwd_mask 0xfff8')
        expect(await rig.comesOut({ ...lldp, to: '01:80:c2:00:00:0e' })).toBe(true)
        await rig.startBoth('--no-enforce')
        expect(rig.hairpin()).toBe(true)
        for (const to of reserved) {
          expect([to, await rig.comesOut({ from: MAC.witness, to })]).toEqual([to, false])
          expect([to, await rig.turnsRound({ from: MAC.witness, to })]).toEqual([to, false])
          expect([to, await rig.comesIn({ from: MAC.server, to })]).toEqual([to, false])
        }
        expect(await rig.comesOut({ from: MAC.vm1, to: '01:80:c2:00:00:10' })).toBe(true)
        expect((await rig.client('bridge').status()).ports[0]).toMatchObject({ problems: [] })
        expect(await reach(rig)).toEqual(ALL)
      }),
    LONG,
  )

  test(
    'passes the station’s own frames when it is told to',
    () =>
      withSwitch(async (rig) => {
        const station = { from: /link\/ether (\S+)/.exec(ip('link show sta0'))![1]!, to: MAC.server }
        await rig.startBoth()
        expect(await rig.comesOut(station)).toBe(false)
        await rig.stop('bridge')
        await rig.startBridge('--allow-station')
        await rig.untilRelay()
        expect(await rig.comesOut(station)).toBe(true)
        expect(await rig.comesOut(toServer)).toBe(false)
        await rig.stop('station')
        await rig.until('bridge', 'leaving', ({ neighbor }) => neighbor === null)
        expect(await rig.comesOut(station)).toBe(false)
      }),
    LONG,
  )
})

describe('what is left behind', () => {
  test(
    'of a daemon that leaves: nothing',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', MAC.vm1)
        expect([rig.tables().length, rig.hairpin()]).toEqual([1, true])
        await rig.stop('bridge')
        expect([rig.tables(), rig.hairpin()]).toEqual([[], false])
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(true)
      }),
    LONG,
  )

  test(
    'of one that is killed: what passed passes, nothing else; the next one starts from nothing, and the VSI comes back',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', MAC.vm1)
        const [table] = rig.tables()
        await rig.stop('bridge', 'SIGKILL')
        expect([rig.tables(), rig.hairpin()]).toEqual([[table], true])
        expect(await rig.comesOut(toServer)).toBe(true)
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(false)

        await rig.stop('station', 'SIGKILL')
        await rig.startBridge()
        expect(rig.tables()).toEqual([expect.not.stringMatching(new RegExp(`^${table}$`))])
        await vi.waitFor(() => expect(rig.hairpin()).toBe(false), 5000)
        expect(await reach(rig)).toEqual(NOTHING)
        expect(rig.said()).toContain('left-overs of an earlier daemon are removed')

        await rig.startStation()
        await rig.untilRelay()
        await rig.associate('vm1', MAC.vm1)
        expect(await reach(rig)).toEqual(ALL)
        await rig.stop('bridge')
        expect([rig.tables(), rig.hairpin()]).toEqual([[], false])
      }),
    LONG,
  )

  test(
    'a station that stays brings its VSI back by itself after the switch was killed',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', MAC.vm1)
        await rig.stop('bridge', 'SIGKILL')
        await rig.startBridge()
        await rig.until('bridge', 'the VSI', ({ vdp }) => vdp.vsis.associated === 1)
        expect(await reach(rig)).toEqual(ALL)
      }),
    LONG,
  )

  test(
    'hairpin that was on before is on again after',
    () =>
      withSwitch(async (rig) => {
        ip('link set swp1 type bridge_slave hairpin on')
        await rig.startBridge()
        await vi.waitFor(() => expect(rig.hairpin()).toBe(false), 5000)
        await rig.stop('bridge', 'SIGKILL')
        await rig.startBridge()
        await rig.stop('bridge')
        expect(rig.hairpin()).toBe(true)
      }),
    LONG,
  )

  test(
    'of one that is killed, on every port of a pattern: hairpin is as it was found when the next one leaves',
    () =>
      withSwitch(async (rig) => {
        const start = () => rig.start('bridge', ['bridge', 'swp*', '--log-file', rig.log])
        const untilPorts = () =>
          vi.waitFor(async () => expect((await rig.switchShow()).ports).toHaveLength(2), 5000)
        await start()
        await untilPorts()
        await rig.stop('bridge', 'SIGKILL')
        // As the daemon leaves ports whose stations have relay.
        for (const port of ['swp1', 'swp2']) ip(`link set ${port} type bridge_slave hairpin on`)
        await start()
        await untilPorts()
        const { ports } = await rig.switchShow()
        expect(ports.map(({ found }) => found)).toEqual([{ hairpin: false }, { hairpin: false }])
        await rig.stop('bridge')
        expect([rig.hairpin('swp1'), rig.hairpin('swp2')]).toEqual([false, false])
      }),
    LONG,
  )

  test(
    'two daemons on one bridge do not touch each other’s',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', MAC.vm1)
        const other = ['bridge', 'swp2', '--log-file', `${rig.log}2`]
        await rig.start('other', other)
        expect(rig.tables()).toHaveLength(2)
        await rig.stop('other', 'SIGKILL')
        await rig.start('other', other)
        expect(rig.tables()).toHaveLength(2)
        await rig.stop('other')
        expect(rig.tables()).toHaveLength(1)
        expect(await reach(rig)).toEqual(ALL)
      }),
    LONG,
  )
})

describe('an interface', () => {
  test(
    'that goes and comes back is filtered from its first frame on',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', MAC.vm1)
        rig.near.close()
        removeLinks('sta0')
        await rig.until('bridge', 'the port to go', ({ link }) => !link.up)
        veth('sta0', 'swp1')
        ip('link set swp1 master br0')
        rig.near = new FrameSegment('sta0')
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(false)
        await rig.untilRelay()
        await rig.until('bridge', 'the VSI again', ({ vdp }) => vdp.vsis.associated === 1)
        expect(await reach(rig)).toEqual(ALL)
        expect((await rig.switchShow()).inOrder).toBe(true)
      }),
    LONG,
  )

  test(
    'whose link flaps has its VSI back, and nothing passed in between',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', MAC.vm1)
        ip('link set swp1 down')
        await rig.until('bridge', 'the end of the VSI', ({ vdp }) => vdp.vsis.associated === 0)
        expect((await rig.switchShow()).ports[0]).toMatchObject({ vsis: 0, inOrder: true })
        ip('link set swp1 up')
        await rig.until('bridge', 'the VSI again', ({ vdp }) => vdp.vsis.associated === 1)
        expect(await reach(rig)).toEqual(ALL)
      }),
    LONG,
  )
})

describe('what others change', () => {
  test(
    'is set right, said in the log, and shown by qbg switch show until then',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        await rig.associate('vm1', MAC.vm1)
        const [table = ''] = rig.tables()
        const show = () => runQbg(['switch', 'show', '--control', rig.socket('bridge')])
        expect(await show()).toMatchObject({ status: 0, stdout: expect.stringContaining('as wanted') })

        run('nft', 'flush', 'ruleset')
        await vi.waitFor(() => expect(rig.tables()).toEqual([table]), 5000)
        expect(await reach(rig)).toEqual(ALL)
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(false)
        expect(rig.said()).toContain('the table was gone: made anew')

        const element = ['delete', 'element', 'bridge', table, 'untagged', `{ "swp1" . ${MAC.vm1} }`]
        const adversary = setInterval(() => spawn('nft', element, { stdio: 'ignore' }), 50)
        await vi.waitFor(async () => {
          const { status, stdout } = await show()
          expect([status, stdout]).toEqual([1, expect.stringContaining(`swp1: missing: ${MAC.vm1} untagged`)])
        }, 15_000)
        await vi.waitFor(async () => expect(await rig.comesOut(toServer)).toBe(false), 5000)
        clearInterval(adversary)
        await vi.waitFor(async () => expect((await rig.switchShow()).inOrder).toBe(true), 5000)
        expect(await rig.comesOut(toServer)).toBe(true)

        run('nft', 'add', 'element', 'bridge', table, 'untagged', `{ "swp1" . ${MAC.vm2} }`)
        run('nft', 'insert', 'rule', 'bridge', table, 'prerouting', 'accept')
        await vi.waitFor(async () => expect((await rig.switchShow()).inOrder).toBe(true), 5000)
        expect(await rig.comesOut({ from: MAC.vm2, to: MAC.server })).toBe(false)
        expect(rig.said()).toContain(`its rules were changed; not ours: swp1 ${MAC.vm2} untagged: set right`)
      }),
    LONG,
  )

  test(
    'hairpin switched off behind its back is switched on again, and RRCTR says no in between',
    () =>
      withSwitch(async (rig) => {
        await rig.startBoth()
        const events: string[] = []
        const abort = new AbortController()
        const reading = (async () => {
          for await (const event of rig.client('bridge').events(undefined, abort.signal)) {
            if (event.type === 'relay') events.push(event.active ? 'on' : 'off')
          }
        })()
        await vi.waitFor(async () => {
          ip('link set swp1 type bridge_slave hairpin off')
          await vi.waitFor(() => expect(events.slice(0, 2)).toEqual(['off', 'on']), 1000)
        }, 5000)
        expect(rig.hairpin()).toBe(true)
        expect(rig.said()).toContain('hairpin is off, and not by us')
        abort.abort()
        await reading
      }),
    LONG,
  )
})

test(
  'frames that were refused are counted',
  () =>
    withSwitch(async (rig) => {
      await rig.startBoth()
      const before = (await rig.switchShow()).ports[0]!.refused!
      for (let count = 0; count < 3; count++) await rig.comesOut(toServer)
      for (let count = 0; count < 5; count++) await rig.comesIn(toVm1)
      const after = (await rig.switchShow()).ports[0]!.refused!
      expect([after.in - before.in, after.out - before.out]).toEqual([3, 5])
    }),
  LONG,
)
