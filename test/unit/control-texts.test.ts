import { describe, expect, test } from 'vitest'
import { controlPath } from '../../src/control/control-path.ts'
import { closest } from '../../src/control/schema/closest.ts'
import { vsiRequests } from '../../src/control/schema/vsi-request.ts'
import { toVsiCommand } from '../../src/control/vsi-command.ts'
import { parseOrganizational, parseVsiType, readManagerId, readVsiId } from '../../src/control/vsi-text.ts'

describe('parts of a VSI as text', () => {
  test.each([
    ['5', { typeId: 5, typeVersion: 0 }],
    ['16777215:255', { typeId: 16777215, typeVersion: 255 }],
    ['0x000005:1', { typeId: 5, typeVersion: 1 }],
  ])('type %s', (text, type) => {
    expect(parseVsiType(text)).toEqual({ ok: true, value: type })
  })

  test.each(['', 'x', '16777216', '5:256', '5:', '-1', '5:1:1'])('type "%s" is refused', (text) => {
    expect(parseVsiType(text)).toMatchObject({
      ok: false,
      message: expect.stringContaining('ID or ID:VERSION'),
    })
  })

  test('organisation TLVs, in either way to write the OUI', () => {
    const value = { oui: '0001c8', data: 'abcd' }
    expect(parseOrganizational('0001C8:ABcd')).toEqual({ ok: true, value })
    expect(parseOrganizational('00-01-c8:abcd')).toEqual({ ok: true, value })
    expect(parseOrganizational('0001c8:')).toEqual({ ok: true, value: { oui: '0001c8', data: '' } })
    expect(parseOrganizational(`0001c8:${'00'.repeat(509)}`)).toMatchObject({ ok: false })
    expect(parseOrganizational('0001c8:abc')).toMatchObject({ ok: false })
  })

  test.each([
    ['fa9b7fff-b0a0-4893-8abc', 'is not a UUID'],
    ['00000000-0000-0000-0000-000000000000', 'is all zero'],
    ['mac:52:54:00', 'is not a UUID'],
  ])('VSI ID %s is refused: it %s', (text, message) => {
    const id = readVsiId(text)
    expect(id.ok ? '' : id.message).toContain(message)
  })

  test('a manager that is none is told the forms there are', () => {
    const id = readManagerId('mgr1')
    expect(id.ok ? '' : id.message).toContain('"text" in double quotes')
  })
})

describe('what no frame can carry is refused before it is tried', () => {
  const id = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
  const build = (request: object) => {
    const [first] = vsiRequests.parse({
      requests: [{ mode: 'associate', id, typeId: 5, ...request }],
    }).requests
    if (first?.mode === 'deassociate' || first === undefined) throw new Error('not an associate')
    return toVsiCommand(first)
  }
  const macs = (count: number) =>
    Array.from(
      { length: count },
      (_, index) =>
        `52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}/7`,
    )

  test('60 MAC/VID entries fit, 61 do not', () => {
    expect(build({ filter: macs(60) })).toMatchObject({ ok: true })
    expect(build({ filter: macs(61) })).toMatchObject({
      ok: false,
      message: expect.stringContaining('61 entries do not fit'),
    })
  })

  test('organisation TLVs count as well', () => {
    const organizational = Array.from({ length: 3 }, () => ({ oui: '0001c8', data: '00'.repeat(500) }))
    expect(build({ filter: ['7'], organizational })).toMatchObject({
      ok: false,
      message: expect.stringContaining('octets'),
    })
  })
})

describe('where the control socket is', () => {
  test.each([
    ['the option', '/a', 0, { QBG_CONTROL: '/b' }, '/a'],
    ['the environment', undefined, 0, { QBG_CONTROL: '/b' }, '/b'],
    ['/run for root', undefined, 0, { XDG_RUNTIME_DIR: '/run/user/0' }, '/run/qbg/qbg.sock'],
    [
      "the user's directory",
      undefined,
      1000,
      { XDG_RUNTIME_DIR: '/run/user/1000' },
      '/run/user/1000/qbg.sock',
    ],
  ])('%s', (_, option, uid, env, path) => {
    expect(controlPath(option, { uid, env })).toBe(path)
  })

  test('nowhere, or a path no socket can have, is said', () => {
    expect(() => controlPath(undefined, { uid: 1000, env: {} })).toThrow('XDG_RUNTIME_DIR is not set')
    expect(() => controlPath(`/${'x'.repeat(107)}`, { uid: 0, env: {} })).toThrow('more than 107 octets')
    expect(controlPath(`/${'x'.repeat(106)}`, { uid: 0, env: {} })).toHaveLength(107)
  })
})

test('did you mean: a slip is recognised, another word is not', () => {
  expect(closest('msgTxIntervall', ['msgTxHold', 'msgTxInterval'])).toBe('msgTxInterval')
  expect(closest('RTE', ['r', 'rte'])).toBe('rte')
  expect(closest('banana', ['r', 'rte', 'groupId'])).toBeUndefined()
})

test('an empty path of the control socket is a mistake, not the default', () => {
  expect(() => controlPath('', { uid: 0, env: {} })).toThrow(/empty name/)
  expect(controlPath(undefined, { uid: 0, env: { QBG_CONTROL: '' } })).toBe('/run/qbg/qbg.sock')
})
