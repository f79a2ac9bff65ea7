import { expect, test } from 'vitest'
import { VidSet } from '../../src/vsi-types/vid-set.ts'

const range = (first: number, last = first) => ({ first, last })
const members = (set: VidSet) => Array.from({ length: 4096 }, (_, vid) => vid).filter((vid) => set.has(vid))

test('has what its ranges have, and nothing else', () => {
  expect(members(new VidSet([range(1), range(7, 9), range(8, 10), range(4094)]))).toEqual([
    1, 7, 8, 9, 10, 4094,
  ])
  expect(members(new VidSet([range(1, 4094)]))).toHaveLength(4094)
  expect(members(new VidSet([]))).toEqual([])
})

test('knows the only one', () => {
  const only = [[range(5)], [range(5), range(5)], [range(5, 6)], [range(5), range(6)], []]
  expect(only.map((ranges) => new VidSet(ranges).only)).toEqual([5, 5, undefined, undefined, undefined])
})
