import { expect, test } from 'vitest'
import type { Input } from '../../protocol/engine/input.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Link, LinkSource, LinkWatcher } from '../../src/netlink/link.ts'
import type { Driver } from '../../src/runtime/driver.ts'
import { feedLink } from '../../src/runtime/link-feed.ts'

const LINK: Link = {
  index: 4,
  name: 'eth0',
  mac: '02:00:00:00:00:01' as MacAddress,
  ethernet: true,
  adminUp: true,
  up: true,
  mtu: 1500,
  lowerElsewhere: false,
}

test('the driver is told the state at once and every change of it, and nothing else', () => {
  const told: unknown[] = []
  let tell: LinkWatcher = () => {}
  let ended = false
  const driver = {
    name: 'eth0',
    submit: ({ type, ...rest }: Input) => told.push({ type, ...rest }),
  } as unknown as Driver
  const links = {
    watch(name: string, watcher: LinkWatcher) {
      expect(name).toBe('eth0')
      tell = watcher
      watcher(LINK)
      return () => {
        ended = true
      }
    },
  } as unknown as LinkSource
  const end = feedLink(driver, links)
  tell({ ...LINK, mtu: 9000 })
  tell({ ...LINK, mtu: 500 })
  tell({ ...LINK, up: false })
  tell({ ...LINK, up: true })
  tell({ ...LINK, mac: '02:00:00:00:00:02' as MacAddress })
  tell(null)
  end()
  expect(told).toEqual([
    { type: 'link.changed', up: true, mac: '02:00:00:00:00:01' },
    { type: 'link.changed', up: true, mac: '02:00:00:00:00:01', mtu: 500 },
    { type: 'link.changed', up: false, mac: '02:00:00:00:00:01' },
    { type: 'link.changed', up: true, mac: '02:00:00:00:00:01' },
    { type: 'link.changed', up: true, mac: '02:00:00:00:00:02' },
    { type: 'link.changed', up: false, mac: '02:00:00:00:00:02' },
  ])
  expect(ended).toBe(true)
})
