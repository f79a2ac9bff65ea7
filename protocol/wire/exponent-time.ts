/**
 * T(e) = 10 microseconds x 2^e, the unit of every timer exponent in EVB, ECP and VDP.
 * Source: 802.1Q-2018 §D.2.12.6. Milliseconds here, as everywhere in this tree; e = 31 is 24.9 days, beyond
 * 32 bits in microseconds, hence the multiplication and no shift.
 */
export function exponentTime(exponent: number): number {
  return 0.01 * 2 ** exponent
}
