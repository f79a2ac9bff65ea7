import { expect, test } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { MacIndex } from '../../src/netlink/mac-index.ts'
import { ToldLinks } from '../support/daemons.ts'

const A = '52:54:00:00:00:aa' as MacAddress
const B = '52:54:00:00:00:bb' as MacAddress

test('interfaces of the kind are found by address, whatever becomes of them', () => {
  const links = new ToldLinks()
  links.put({ name: 'm0', index: 1, kind: 'macvtap', mac: A })
  links.put({ name: 'eth0', index: 2, mac: B })
  const index = new MacIndex(links, 'macvtap')
  links.observe((number, link) => index.update(number, link))
  expect([index.find([A]), index.find([B]), index.find([]), index.find([B, A])]).toEqual([
    1,
    undefined,
    undefined,
    1,
  ])
  links.put({ name: 'm1', index: 3, kind: 'macvtap', mac: A })
  expect(index.find([A])).toBe(1)
  links.put({ name: 'm0', index: 1, mac: B })
  expect([index.find([A]), index.find([B])]).toEqual([3, 1])
  links.remove('m1')
  links.remove('m0')
  expect([index.find([A]), index.find([B])]).toEqual([undefined, undefined])
})
