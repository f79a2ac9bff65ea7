/** What our bridge decides by VSI types, told to lldpad as its station, and what lldpad makes of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import { startQbg } from '../support/cli.ts'
import { type InteropRig, QUICK, withRig } from '../support/interop-rig.ts'
import type { WireFrame } from '../support/interop-wire.ts'
import { requires } from '../support/requirements.ts'

const withPeers = requires('namespaces', 'bridge', 'nftables', 'lldpad', 'tshark')
const LONG = 60_000

/** lldpad asks manager 1, and for every type in version 4. */
const TYPES = `types:
  - { id: 5, version: 4, manager: 1, vlans: ["200-209"], macs: ["52:54:00"], assign: { vid: 200, pcp: 3 }, maxVsis: 2 }
  - { id: 6, manager: 1, validUntil: 2020-01-01 }
`

const uuid = (number: number) => `fa9b7fff-b0a0-4893-8e0e-beef000000${number.toString(16).padStart(2, '0')}`
const mac = (number: number) => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`
const associationOf = ({ vdp }: WireFrame) => {
  const [item] = vdp?.items ?? []
  return item && 'association' in item ? item.association : undefined
}

/** What our bridge said about a VSI last. */
function answerTo(rig: InteropRig, number: number) {
  const id = uuid(number).replaceAll('-', '')
  return rig.ours.map(associationOf).findLast((association) => association?.vsiId.value === id)
}

async function ask(rig: InteropRig, number: number, filter: string, rest: object = {}) {
  const vsi = { mode: 'assoc' as const, uuid: uuid(number), filter, ...rest }
  const { answer, text } = await rig.lldpad.request(vsi)
  expect(text).not.toMatch(/Ack not received/)
  await rig.untilWire('answer', () => answerTo(rig, number) !== undefined)
  const { type, status } = answerTo(rig, number)!
  return { mode: answer.mode, type, status }
}

const heldBy = async (rig: InteropRig) => (await rig.lldpad.held()).map((held) => held.uuid).sort()

async function withTypes(body: (rig: InteropRig, file: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  const file = join(directory, 'types.yaml')
  writeFileSync(file, TYPES)
  try {
    await withRig({ role: 'bridge', options: [...QUICK, '--types', file] }, (rig) => body(rig, file))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe.concurrent('VSI types of our bridge, lldpad as station', () => {
  withPeers(
    'each refusal has its error on the wire, and lldpad holds what was granted only',
    () =>
      withTypes(async (rig) => {
        await rig.untilRelay()
        const granted = { mode: 'assoc', type: ASSOCIATION_TYPES.associate, status: 0x40 }
        const refused = (status: number) => ({ mode: 'deassoc', type: ASSOCIATION_TYPES.deassociate, status })
        expect(await ask(rig, 1, `0-${mac(1)}`)).toEqual(granted)
        // lldpad shows the whole word: PS 1, PCP 3, VID 200
        expect((await rig.lldpad.held())[0]?.filter).toBe(`${0xb0c8}-${mac(1)}`)
        expect(await ask(rig, 2, `210-${mac(2)}`), 'a VLAN that is not allowed').toEqual(refused(0x55))
        expect(await ask(rig, 3, '200-02:00:00:00:00:03'), 'a MAC that is not').toEqual(refused(0x55))
        expect(await ask(rig, 4, '200'), 'any MAC').toEqual(refused(0x55))
        expect(await ask(rig, 5, `200-${mac(5)}`, { typeId: 9 }), 'a type that is not known').toEqual(
          refused(0x54),
        )
        expect(await ask(rig, 6, `200-${mac(6)}`, { typeId: 6 }), 'a type that is over').toEqual(
          refused(0x54),
        )
        expect(await ask(rig, 7, `200-${mac(7)}`, { manager: '2' }), 'no such manager').toEqual(refused(0x53))
        expect(await ask(rig, 8, `201-${mac(8)}`)).toEqual(granted)
        expect(await ask(rig, 9, `202-${mac(9)}`), 'one more than the type may have').toEqual(refused(0x42))
        expect(await heldBy(rig)).toEqual([uuid(1), uuid(8)])
        expect((await rig.vsi(uuid(1))).filter).toEqual([`${mac(1)}/200@3`])
        expect((await rig.vsi(uuid(9))).reason?.text).toMatch(
          /has 2 VSIs, as many as it may have \(VDP error 2\)$/,
        )
      }),
    LONG,
  )

  withPeers(
    'a VSI whose type no longer allows it is gone at lldpad too; the others stay',
    () =>
      withTypes(async (rig, file) => {
        await rig.untilRelay()
        await ask(rig, 1, `200-${mac(1)}`)
        await ask(rig, 2, `205-${mac(2)}`)
        const edit = await rig.qbg(
          'type',
          'add',
          '5:4',
          '--manager',
          '1',
          '--vlan',
          '205',
          '--replace',
          '--file',
          file,
        )
        expect(edit, edit.stderr).toMatchObject({ status: 0 })
        await rig.untilEvent(
          'loss',
          (event) => event.type === 'vsi' && event.id === uuid(1) && event.outcome === 'lost',
        )
        expect((await rig.vsi(uuid(1))).reason).toMatchObject({
          code: 'type-withdrawn',
          text: 'type 5:4 of manager 1 does not allow VLAN 200',
        })
        await rig.untilWire('De-Associate', () => answerTo(rig, 1)?.type === ASSOCIATION_TYPES.deassociate)
        expect(answerTo(rig, 1)?.status, 'lldpad takes it with Req/Ack 0 only').toBe(0)
        await vi.waitFor(async () => expect(await heldBy(rig)).toEqual([uuid(2)]), {
          timeout: 10_000,
          interval: 100,
        })
        expect((await rig.vsi(uuid(2))).state).toBe('associated')
      }),
    LONG,
  )

  withPeers(
    'a VSI manager that is slow, or gone, is error 2, or 3, in time',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'qbg-'))
      const file = join(directory, 'types.yaml')
      const config = join(directory, 'bridge.yaml')
      writeFileSync(file, 'types: [{ id: 5, vlans: [200] }]')
      const slow = startQbg(['type', 'serve', file, '--listen', '0', '--delay', '20000'])
      const quick = startQbg(['type', 'serve', file, '--listen', '0'])
      const urlOf = async (one: typeof slow) => /http:\S+/.exec(await one.says(/\n/))![0]
      const [slowUrl, quickUrl] = [await urlOf(slow), await urlOf(quick)]
      const managers = [
        { id: 1, url: quickUrl },
        { id: 2, url: slowUrl, timeout: 30 },
        { id: 3, url: slowUrl, timeout: 0.2 },
      ]
      writeFileSync(config, JSON.stringify({ types: { managers } }))
      const options = [...QUICK, '--config', config]
      try {
        await withRig({ role: 'bridge', options }, async (rig) => {
          await rig.untilRelay()
          expect(await ask(rig, 1, `200-${mac(1)}`)).toMatchObject({ status: 0x40 })
          expect(await ask(rig, 2, `201-${mac(2)}`)).toMatchObject({ status: 0x55 })
          expect(await ask(rig, 3, `200-${mac(3)}`, { manager: '3' }), 'no answer in 0.2 s').toMatchObject({
            status: 0x43,
          })
          expect(await ask(rig, 4, `200-${mac(4)}`, { manager: '2' }), 'T(RWD) is 1.3 s').toMatchObject({
            status: 0x42,
          })
          quick.child.kill('SIGTERM')
          await quick.ended
          expect(await ask(rig, 5, `200-${mac(5)}`, { typeId: 7 }), 'nobody there').toMatchObject({
            status: 0x43,
          })
          expect(await ask(rig, 6, `200-${mac(6)}`), 'remembered').toMatchObject({ status: 0x40 })
        })
      } finally {
        for (const { child } of [slow, quick]) child.kill('SIGTERM')
        await Promise.all([slow.ended, quick.ended])
        rmSync(directory, { recursive: true })
      }
    },
    LONG,
  )
})
