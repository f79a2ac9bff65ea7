/**
 * A VSI that moves from one port of a bridge to another, with the frames on the wires of both: the newest Associate
 * wins, the port before is told, and traffic follows at once.
 *
 *     sta0 ==== swp1, br0, swp2 ==== srv0
 *     sta3 ==== swp3 ---'
 */
import { expect, vi } from 'vitest'
import { runQbg } from '../support/cli.ts'
import { FrameSegment } from '../support/frame-segment.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'
import { ID, MAC, type SwitchRig, withSwitch } from '../support/switch-rig.ts'

const test = requires('namespaces', 'bridge', 'nftables')
const QUICK = ['--rka', '17', '--rwd', '17']
const toVm1 = { from: MAC.server, to: MAC.vm1 }
const toServer = { from: MAC.vm1, to: MAC.server }

/** Which of the two wires a frame of the server to the VM comes out at. */
async function whereVm1Is(rig: SwitchRig, other: FrameSegment): Promise<string[]> {
  const mark = rig.far.send(toVm1)
  const wires = { sta0: rig.near, sta3: other }
  const found = () => Object.entries(wires).flatMap(([name, wire]) => (wire.has(mark) ? [name] : []))
  for (let count = 0; count < 3 && found().length === 0; count++) {
    const witness = rig.far.send({ from: MAC.server, to: MAC.all })
    for (const wire of Object.values(wires)) await wire.until(witness)
  }
  return found()
}

async function comesOutFrom(rig: SwitchRig, wire: FrameSegment): Promise<boolean> {
  const mark = wire.send(toServer)
  for (let count = 0; count < 3 && !rig.far.has(mark); count++)
    await rig.far.until(rig.near.send({ from: MAC.witness, to: MAC.all }))
  return rig.far.has(mark)
}

async function ask(rig: SwitchRig, station: string, mode: string): Promise<void> {
  const args = ['--control', rig.socket(station), '--wait', '10', '--type', '5:1', '--id', ID.vm1]
  expect(await runQbg(['vsi', mode, ...args, '--filter', MAC.vm1])).toMatchObject({ status: 0 })
}

test(
  'a VSI that moves: its traffic moves with the newest Associate, without the VM having spoken',
  () =>
    withSwitch(async (rig) => {
      veth('sta3', 'swp3')
      ip('link set swp3 master br0')
      const other = new FrameSegment('sta3')
      try {
        await rig.startBridge('swp3', ...QUICK)
        await rig.startStation()
        await rig.start('other', ['station', 'sta3', ...QUICK])
        for (const port of [0, 1])
          await vi.waitFor(
            async () => expect((await rig.client('bridge').status()).ports[port]!.relay.applied).toBe(true),
            10_000,
          )
        await ask(rig, 'station', 'associate')
        expect(await comesOutFrom(rig, rig.near), 'and the bridge learns where it is').toBe(true)
        expect(await whereVm1Is(rig, other)).toEqual(['sta0'])
        expect(await comesOutFrom(rig, other)).toBe(false)

        await ask(rig, 'other', 'preassociate')
        expect(await whereVm1Is(rig, other), 'a Pre-Associate moves nothing').toEqual(['sta0'])
        expect(await comesOutFrom(rig, other)).toBe(false)

        await ask(rig, 'other', 'associate')
        expect(await whereVm1Is(rig, other)).toEqual(['sta3'])
        expect(await comesOutFrom(rig, rig.near)).toBe(false)
        expect(await comesOutFrom(rig, other)).toBe(true)
        expect(await whereVm1Is(rig, other)).toEqual(['sta3'])
        await vi.waitFor(
          async () =>
            expect((await rig.client('station').vsi(ID.vm1)).vsi).toMatchObject({
              live: false,
              reason: { code: 'deassociated-by-bridge' },
            }),
          5000,
        )
        const { events } = await rig.client('bridge').eventLog({ types: ['moved', 'vsi'] })
        expect(events.slice(-3)).toMatchObject([
          { type: 'vsi', port: 'swp3', id: ID.vm1, state: 'associated' },
          { type: 'moved', port: 'swp3', id: ID.vm1, from: 'swp1' },
          { type: 'vsi', port: 'swp1', id: ID.vm1, outcome: 'lost', reason: { code: 'moved' } },
        ])
        expect(await rig.switchShow()).toMatchObject({ inOrder: true })
      } finally {
        other.close()
        removeLinks('sta3')
      }
    }),
  60_000,
)
