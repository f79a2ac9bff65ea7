import { describe, expect, test } from 'vitest'
import type { VsiReport } from '../../protocol/engine/effect.ts'
import { Owners } from '../../src/daemon/owners.ts'

const V = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
const report = (outcome: VsiReport['outcome'], ...tickets: number[]): VsiReport => ({
  vsi: V,
  state: 'none',
  command: null,
  outcome,
  tickets,
})
const libvirt = { owner: 'libvirt', detail: { eventPort: 7 } } as const
const cli = { owner: 'cli', detail: undefined } as const

describe('whose a VSI is', () => {
  test('a new one is its first asker’s at once, with what that one wants kept', () => {
    const owners = new Owners()
    owners.ask(V, 1, libvirt, 10)
    expect(owners.find(V)).toEqual({
      owner: 'libvirt',
      restored: false,
      since: 10,
      details: { libvirt: { eventPort: 7 } },
    })
  })

  test('another asker takes it over when the switch has said yes, not before and not otherwise', () => {
    const owners = new Owners()
    owners.ask(V, 1, libvirt, 10)
    owners.reported(report('granted', 1), true, 11)
    owners.ask(V, 2, cli, 20)
    expect(owners.find(V)?.owner).toBe('libvirt')
    owners.reported(report('kept', 2), true, 21)
    expect(owners.find(V)).toMatchObject({ owner: 'libvirt', since: 10 })
    owners.ask(V, 3, cli, 30)
    owners.reported(report('granted', 3), true, 31)
    expect(owners.find(V)).toMatchObject({ owner: 'cli', since: 31, details: { libvirt: { eventPort: 7 } } })
  })

  test('its owner’s newer detail replaces the older one, by a request or without', () => {
    const owners = new Owners()
    owners.ask(V, 1, libvirt, 10)
    owners.ask(V, 2, { owner: 'libvirt', detail: { eventPort: 8 } }, 20)
    expect(owners.find(V)).toMatchObject({ since: 10, details: { libvirt: { eventPort: 8 } } })
    owners.setDetail(V, 'libvirt', { eventPort: 9 })
    expect(owners.find(V)?.details).toEqual({ libvirt: { eventPort: 9 } })
  })

  test('nobody’s when the port has forgotten it; a detail does not bring it back', () => {
    const owners = new Owners()
    owners.ask(V, 1, libvirt, 10)
    owners.reported(report('refused', 1), false, 11)
    owners.setDetail(V, 'libvirt', {})
    expect(owners.find(V)).toBeUndefined()
  })

  test.each([
    ['the switch grants it', (owners: Owners) => owners.reported(report('granted'), true, 20), 'libvirt'],
    ['its owner asks again', (owners: Owners) => owners.ask(V, 1, libvirt, 20), 'libvirt'],
  ])('one that was restored is so until %s', (_, confirm, owner) => {
    const owners = new Owners()
    owners.restore(V, { owner: 'libvirt', since: 5, details: {} })
    owners.reported(report('waiting'), true, 10)
    expect(owners.find(V)?.restored).toBe(true)
    confirm(owners)
    expect(owners.find(V)).toMatchObject({ owner, restored: false, since: 5 })
  })
})
