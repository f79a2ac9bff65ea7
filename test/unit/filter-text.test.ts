import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FilterEntry, FilterInfo } from '../../protocol/vdp/filter-info.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import {
  formatFilter,
  formatFilterEntry,
  parseFilter,
  parseFilterEntry,
} from '../../src/control/filter-text.ts'

const mac = '52:54:00:11:22:33' as MacAddress

describe('filter entries as text', () => {
  const forms: readonly [string, FilterEntry][] = [
    ['200', { vid: 200 }],
    ['any', { vid: 0 }],
    ['200@0', { vid: 200, pcp: 0 }],
    [`${mac}/200`, { vid: 200, mac }],
    [`${mac}/200@3`, { vid: 200, pcp: 3, mac }],
    [`${mac}/any`, { vid: 0, mac }],
    [`${mac}/any@7`, { vid: 0, pcp: 7, mac }],
    ['group:5000/200', { vid: 200, groupId: 5000 }],
    ['group:4294967295/any', { vid: 0, groupId: 4294967295 }],
    [`group:1/${mac}/4094`, { vid: 4094, groupId: 1, mac }],
  ]
  test.each(forms)('%s is read and written', (text, entry) => {
    expect(parseFilterEntry(text)).toEqual({ ok: true, value: entry })
    expect(formatFilterEntry(entry)).toBe(text)
  })

  test.each([
    [mac, `${mac}/any`],
    [`${mac}@2`, `${mac}/any@2`],
    ['52-54-00-11-22-33/0', `${mac}/any`],
    ['52:54:00:AA:BB:CC/ANY', '52:54:00:aa:bb:cc/any'],
    ['GROUP:0x10/5', 'group:16/5'],
    [` ${mac}/200 `, `${mac}/200`],
  ])('%s is another way to write %s', (text, canonical) => {
    const entry = parseFilterEntry(text)
    expect(entry.ok && formatFilterEntry(entry.value)).toBe(canonical)
  })

  test.each([
    ['4095', 'filter "4095" is out of range: a VID is 1 to 4094, or "any"'],
    [`${mac}/4095`, `filter "${mac}/4095": VID "4095" is out of range: a VID is 1 to 4094, or "any"`],
    [`${mac}/200@8`, `filter "${mac}/200@8": PCP "8" is not a number from 0 to 7`],
    ['200@', 'filter "200@": PCP "" is not a number from 0 to 7'],
    ['200@1@2', 'filter "200@1@2": only one @PCP is possible'],
    ['52:54:00:11:22/200', '"52:54:00:11:22" is not a MAC address such as'],
    ['group:0/200', 'group ID "0" is not a number from 1 to 4294967295'],
    ['group:4294967296/200', 'group ID "4294967296" is not'],
    ['group:7', 'is not VID, MAC, MAC/VID, group:ID/VID or group:ID/MAC/VID'],
    ['a/b/c', 'is not VID, MAC, MAC/VID'],
    ['', 'is not VID, MAC, MAC/VID'],
    ['-1', 'is not VID, MAC, MAC/VID'],
    ['1e2', 'is not VID, MAC, MAC/VID'],
  ])('%s is refused: %s', (text, message) => {
    const entry = parseFilterEntry(text)
    expect(entry.ok ? 'accepted' : entry.message).toContain(message)
  })
})

describe('whole filters', () => {
  test('entries of two formats are refused by name', () => {
    const filter = parseFilter([`${mac}/1`, '200'])
    expect(filter.ok ? '' : filter.message).toBe(
      `all filter entries of a VSI have one format: "${mac}/1" is MAC/VID, "200" is VID`,
    )
  })

  test.each([
    [[], 'at least one entry'],
    [['01:80:c2:00:00:00/200'], '01:80:c2:00:00:00 is a group address or zero'],
    [['00:00:00:00:00:00'], '00:00:00:00:00:00 is a group address or zero'],
    [['any', '200'], 'can only be the sole entry'],
  ])('%j is refused: %s', (texts, message) => {
    const filter = parseFilter(texts as string[])
    expect(filter.ok ? 'accepted' : filter.message).toContain(message)
  })

  test('what is formatted is parsed back as it was, in all four formats', () => {
    fc.assert(
      fc.property(filters(), (filter) => {
        expect(parseFilter(formatFilter(filter))).toEqual({ ok: true, value: filter })
      }),
    )
  })

  test('whatever is written, there is a filter or a sentence', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...'0159af:/@-xgroupany ') }), { maxLength: 3 }),
        (texts) => {
          const filter = parseFilter(texts)
          expect(filter.ok || filter.message.length > 10).toBe(true)
        },
      ),
    )
  })
})

function filters(): fc.Arbitrary<FilterInfo> {
  const vid = fc.integer({ min: 1, max: 4094 })
  const pcp = fc.option(fc.integer({ min: 0, max: 7 }), { nil: undefined })
  const individual = fc
    .uint8Array({ minLength: 5, maxLength: 5 })
    .map(
      (octets) =>
        `52:${[...octets].map((octet) => octet.toString(16).padStart(2, '0')).join(':')}` as MacAddress,
    )
  const groupId = fc.integer({ min: 1, max: 0xffffffff })
  return fc.constantFrom(1, 2, 3, 4).chain((format) => {
    const entry = fc.record({ vid, pcp, mac: individual, groupId }).map(
      (all): FilterEntry => ({
        vid: all.vid,
        ...(all.pcp !== undefined && { pcp: all.pcp }),
        ...((format === 2 || format === 4) && { mac: all.mac }),
        ...((format === 3 || format === 4) && { groupId: all.groupId }),
      }),
    )
    const same = ({ vid, mac, groupId }: FilterEntry) => `${vid} ${mac} ${groupId}`
    const entries = fc.uniqueArray(entry, { minLength: 1, maxLength: 5, selector: same })
    return entries.map((list) => ({ format: format as 1 | 2 | 3 | 4, entries: list }))
  })
}

test('an entry that is there already is a mistake, whatever its priority', () => {
  expect(parseFilter(['100', '200', '100@3'])).toEqual({
    ok: false,
    message: 'filter entry "100@3" is given twice',
  })
  expect(parseFilter(['52:54:00:00:00:01/5', '52:54:00:00:00:01/6']).ok).toBe(true)
})
