/** What our bridge passes for lldpad as its station: frames on the wires on both sides, before, during and after a VSI. */
import { describe, expect } from 'vitest'
import { Lldpad } from '../support/lldpad.ts'
import { requires } from '../support/requirements.ts'
import { ID, MAC, withSwitch } from '../support/switch-rig.ts'

const withPeers = requires('namespaces', 'bridge', 'nftables', 'lldpad')
const VSI = { uuid: ID.vm1, filter: `200-${MAC.vm1}` } as const
const outward = { from: MAC.vm1, to: MAC.server, vid: 200 }
const inward = { from: MAC.server, to: MAC.vm1, vid: 200 }

describe('a port of our bridge, lldpad as station', () => {
  withPeers(
    'passes the frames of the VSI that lldpad associates, until lldpad de-associates it',
    () =>
      withSwitch(async (rig) => {
        const settings = { ecprte: 14, vdprwd: 17, vdprka: 17 }
        const lldpad = new Lldpad({ namespace: '', iface: 'sta0', role: 'station' }, settings)
        const passes = async () => [await rig.comesOut(outward), await rig.comesIn(inward)]
        try {
          await rig.startBridge()
          await lldpad.start()
          await rig.untilRelay()
          expect(await passes()).toEqual([false, false])

          expect((await lldpad.request({ mode: 'assoc', ...VSI })).answer.mode).toBe('assoc')
          expect(await passes()).toEqual([true, true])
          expect(await rig.comesOut({ ...outward, from: MAC.vm2 }), 'another address').toBe(false)
          expect(await rig.turnsRound({ ...outward, to: MAC.all })).toBe(true)

          expect((await lldpad.request({ mode: 'deassoc', ...VSI })).answer.mode).toBe('deassoc')
          await rig.until('bridge', 'the end of the VSI', ({ vdp }) => vdp.vsis.associated === 0)
          expect(await passes()).toEqual([false, false])
        } finally {
          await lldpad.stop()
        }
      }),
    60_000,
  )
})
