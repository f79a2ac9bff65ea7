import { expect, test } from 'vitest'
import { REASONS } from '../../protocol/engine/reason.ts'
import { describeReason, REASON_TEXTS } from '../../src/control/reasons.ts'

test('every reason of the engine has words and a hint, and there are no others', () => {
  expect(Object.keys(REASON_TEXTS).sort()).toEqual([...REASONS].sort())
})

test.each(REASONS)('%s is explained in a sentence of its own', (code) => {
  const { text, hint } = REASON_TEXTS[code]
  for (const sentence of [text, hint]) {
    expect(sentence).toMatch(/^["a-z].{10,}[^.]$/)
    expect(sentence).not.toBe(code)
  }
  const same = REASONS.filter((other) => REASON_TEXTS[other].text === text)
  expect(same).toEqual([code])
})

test('a reserved VDP error is named by its number, a hard one says so', () => {
  expect(describeReason({ code: 'other-failure', vdpError: 9 })).toContain('reserved VDP error 9')
  expect(describeReason({ code: 'other-failure', vdpError: 4 })).toContain('VDP error 4')
  expect(describeReason({ code: 'invalid-filter', vdpError: 5, hard: true })).toContain(
    'will not accept the same',
  )
})
