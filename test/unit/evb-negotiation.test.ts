import { describe, expect, it } from 'vitest'
import { receiveExponent, sendExponent } from '../../protocol/evb/negotiation.ts'

describe('RWD and RKA', () => {
  it.each([
    ['nothing proposed', 20, undefined, 20, false],
    ['a larger proposal', 20, 21, 21, true],
    ['an equal one', 20, 20, 20, false],
    ['a smaller one', 20, 19, 20, false],
  ])('sent with %s', (_what, local, proposal, value, remote) => {
    expect(sendExponent(local, proposal)).toEqual({ value, remote })
  })

  it.each([
    ['its own value', 20, undefined, 25, false, 25],
    ['its own value in place of an older one', 20, 25, 22, false, 22],
    ['our own value back', 20, undefined, 20, true, undefined],
    ['our own value back while it had proposed a smaller one', 20, 10, 20, true, undefined],
    ['a value as ours that we had from it', 20, 25, 25, true, 25],
    ['a smaller value as ours that we had from it', 20, 25, 22, true, 22],
    ['a larger value as ours that we had from it', 20, 25, 27, true, 25],
  ])('received: %s', (_what, local, proposal, value, remote, expected) => {
    expect(receiveExponent(local, proposal, { value, remote })).toBe(expected)
  })
})
