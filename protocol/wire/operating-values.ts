/**
 * The four numbers that the EVB TLVs of both sides agree on, under the names the field uses for them.
 * ECP and VDP take their timers from them. Source: 802.1Q-2018 §D.2.12.5 to §D.2.12.9.
 */
export interface OperatingValues {
  /** R, 0 to 7: an ECPDU is sent at most R + 1 times. */
  readonly r: number
  /** RTE, 0 to 31: the ECP acknowledgement timer is T(RTE). */
  readonly rte: number
  /** RWD, 0 to 31: a bridge answers a VDP request within T(RWD). */
  readonly rwd: number
  /** RKA, 0 to 31: a station repeats its operative request every T(RKA). */
  readonly rka: number
}

/** What we advertise unless told otherwise. RTE 14: at lldpad's 8 all retries are gone after 10 ms. */
export const DEFAULT_OPERATING_VALUES: OperatingValues = { r: 3, rte: 14, rwd: 20, rka: 20 }
