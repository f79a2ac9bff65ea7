/** Tells a driver what the kernel says of its interface: `link.changed` at once, and on every change after. */
import { MAX_PAYLOAD_LENGTH } from '../../protocol/wire/ethernet-frame.ts'
import { type MacAddress, ZERO_MAC } from '../../protocol/wire/mac-address.ts'
import type { LinkSource } from '../netlink/link.ts'
import type { Driver } from './driver.ts'

/**
 * Call it after `driver.start()`, so that the frame port hears of a change before the protocol does. An interface
 * that is gone is down, with the address it had. Returns what ends it.
 */
export function feedLink(driver: Driver, links: LinkSource): () => void {
  let last: { readonly up: boolean; readonly mac: MacAddress; readonly mtu: number } | undefined
  return links.watch(driver.name, (link) => {
    const up = link?.up ?? false
    const mac = link?.mac ?? last?.mac ?? ZERO_MAC
    const mtu = Math.min(link?.mtu ?? MAX_PAYLOAD_LENGTH, MAX_PAYLOAD_LENGTH)
    if (last?.up === up && last.mac === mac && last.mtu === mtu) return
    last = { up, mac, mtu }
    driver.submit({ type: 'link.changed', up, mac, ...(mtu < MAX_PAYLOAD_LENGTH && { mtu }) })
  })
}
