import { describe, expect, test } from 'vitest'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { parseFilter } from '../../src/control/filter-text.ts'
import { decide } from '../../src/daemon/policy.ts'

function command(typeId: number, typeVersion: number, ...filter: string[]): VsiCommand {
  const parsed = parseFilter(filter)
  if (!parsed.ok) throw new Error(parsed.message)
  const vsiId = { format: 5, value: 'a'.repeat(32) }
  const rest = { managerId: '0'.repeat(32), hint: 'none' as const, organizational: [] }
  return { type: 3, vsiId, typeId, typeVersion, filter: parsed.value, ...rest }
}

describe('the policy of a bridge', () => {
  test('grants what is asked for as it is asked for', () => {
    const asked = command(5, 1, '52:54:00:00:00:01/7@3')
    expect(decide({}, asked)).toEqual({ outcome: 'grant', filter: asked.filter })
  })

  test('#198 gives a null VID one: the VLAN of untagged frames, or the configured one', () => {
    const asked = command(5, 1, '52:54:00:00:00:01@3', '52:54:00:00:00:02/7')
    const vids = (policy: object) => {
      const answer = decide(policy, asked)
      return answer.outcome === 'grant' && answer.filter.entries.map(({ vid, pcp }) => [vid, pcp])
    }
    expect(vids({})).toEqual([
      [1, 3],
      [7, undefined],
    ])
    expect(vids({ assignVid: 200 })).toEqual([
      [200, 3],
      [7, undefined],
    ])
  })

  test('#198 #199 refuses a null VID with error 5 when it assigns none', () => {
    expect(decide({ assignVid: 'none' }, command(5, 1, 'any'))).toMatchObject({ outcome: 'refuse', error: 5 })
    expect(decide({ assignVid: 'none' }, command(5, 1, '9'))).toMatchObject({ outcome: 'grant' })
  })

  test('#199 #201 refuses an unknown type with error 4 for good', () => {
    const policy = { types: [{ typeId: 5 }, { typeId: 7, typeVersion: 2 }] }
    const outcomes = [command(5, 9, '1'), command(7, 2, '1'), command(7, 1, '1'), command(6, 0, '1')].map(
      (asked) => decide(policy, asked).outcome,
    )
    expect(outcomes).toEqual(['grant', 'grant', 'refuse', 'refuse'])
    expect(decide(policy, command(6, 0, '1'))).toEqual({
      outcome: 'refuse',
      error: 4,
      keep: true,
      hard: true,
    })
  })
})
