/** The socket to nf_tables against the kernel, and the rules as nft reads them back. */
import { expect } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { CHAINS, SETS } from '../../src/data-plane/ruleset.ts'
import { newLimit } from '../../src/nftables/nft-limit.ts'
import {
  addElements,
  askElements,
  decodeElements,
  newSets,
  removeElements,
} from '../../src/nftables/nft-set.ts'
import { NftSocket } from '../../src/nftables/nft-socket.ts'
import { deleteTable, newChains, newTable } from '../../src/nftables/nft-table.ts'
import { Collected } from '../support/deadline.ts'
import { run } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces', 'nftables')
const MAC = '52:54:00:00:00:01' as MacAddress
const T = 'qbg_1'

function withTable(body: (socket: NftSocket) => void | Promise<void>) {
  return async () => {
    const socket = new NftSocket()
    try {
      const sets = Object.values(SETS)
      socket.commit([newTable(T, 'a mark'), ...newSets(T, sets), ...newChains(T, CHAINS)])
      await body(socket)
    } finally {
      socket.commit([deleteTable(T)])
      socket.close()
    }
  }
}

test(
  'the rules are what nft would have made of them',
  withTable(() => {
    const listed = run('nft', 'list', 'table', 'bridge', T).replaceAll(/^\t+/gm, '')
    expect(listed).toContain('comment "a mark"')
    expect(listed).toContain('typeof iifname . ether saddr . vlan id')
    expect(listed).toContain(`chain prerouting {
type filter hook prerouting priority dstnat; policy accept;
iifname != @ports accept
ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
iifname != @filtered accept
limit name iifname . ether saddr map @limits drop
vlan id != 0 goto tagged_in
iifname . ether saddr @untagged accept
iifname @untagged_any accept
iifname @refused_in drop
drop
}`)
    expect(listed).toContain(`chain tagged_in {
iifname . ether saddr . vlan id @tagged accept
iifname . vlan id @tagged_any accept
iifname @refused_in drop
drop
}`)
  }),
)

test(
  'elements come and go, with comments, counters and limits',
  withTable((socket) => {
    const port = { port: 'swp1' }
    socket.commit([
      newLimit(T, 'l1', 1_000_000, 10_000),
      ...addElements(T, SETS.ports, [{ key: port, comment: 'as it was' }]),
      ...addElements(T, SETS.tagged, [{ key: { ...port, mac: MAC, vid: 200 } }]),
      ...addElements(T, SETS.refusedIn, [{ key: port }]),
      ...addElements(T, SETS.limits, [{ key: { ...port, mac: MAC }, limit: 'l1' }]),
    ])
    const elements = (set: (typeof SETS)[keyof typeof SETS]) =>
      socket.dump(askElements(T, set)).flatMap((payload) => decodeElements(set, payload))
    expect(elements(SETS.ports)).toEqual([{ key: port, comment: 'as it was' }])
    expect(elements(SETS.tagged)).toEqual([{ key: { ...port, mac: MAC, vid: 200 } }])
    expect(elements(SETS.refusedIn)).toEqual([{ key: port, frames: 0 }])
    expect(elements(SETS.limits)).toEqual([{ key: { ...port, mac: MAC }, limit: 'l1' }])
    const listed = run('nft', 'list', 'table', 'bridge', T)
    expect(listed).toContain('elements = { "swp1" . 52:54:00:00:00:01 . 200 }')
    expect(listed).toContain('elements = { "swp1" . 52:54:00:00:00:01 : "l1" }')
    expect(listed).toContain('rate over 1000000 bytes/second burst 10000 bytes')
    socket.commit(removeElements(T, SETS.tagged, [{ ...port, mac: MAC, vid: 200 }]))
    expect(elements(SETS.tagged)).toEqual([])
  }),
)

test(
  'a transaction that is refused has changed nothing, and the next one works',
  withTable((socket) => {
    const key = { port: 'swp1' }
    const wrong = [
      ...addElements(T, SETS.filtered, [{ key }]),
      ...removeElements(T, SETS.ports, [key]),
      ...removeElements(T, SETS.refusedIn, [key]),
    ]
    expect(() => socket.commit(wrong)).toThrow('ENOENT')
    expect(run('nft', 'list', 'set', 'bridge', T, 'filtered')).not.toContain('swp1')
    socket.commit(addElements(T, SETS.filtered, [{ key }]))
    expect(run('nft', 'list', 'set', 'bridge', T, 'filtered')).toContain('swp1')
  }),
)

test(
  'what others change is told, what we change is not',
  withTable(async (socket) => {
    const told = new Collected<string | null>()
    socket.watch(told.add)
    socket.commit(addElements(T, SETS.filtered, [{ key: { port: 'ours' } }]))
    run('nft', 'add', 'table', 'ip', 'elsewhere')
    run('nft', 'add', 'element', 'bridge', T, 'filtered', '{ theirs }')
    run('nft', 'add', 'table', 'bridge', 'last')
    await told.until('the last change', (items) => items.includes('last'))
    expect(new Set(told.items)).toEqual(new Set([T, 'last']))
    run('nft', 'delete', 'table', 'bridge', 'last')
    run('nft', 'delete', 'table', 'ip', 'elsewhere')
  }),
)
