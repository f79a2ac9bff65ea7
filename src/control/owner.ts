/** Who asks a station for VSIs. All of them act through the same station; a VSI belongs to whom it was granted last. */
export const OWNERS = ['cli', 'libvirt'] as const

/** `cli`: whoever uses the control socket. `libvirt`: the netlink agent that stands in for lldpad. */
export type Owner = (typeof OWNERS)[number]

/** Whose a VSI is, as people are told. */
export interface Ownership {
  readonly owner: Owner
  /** Read from disk when the daemon started, and not confirmed since, neither by its owner nor by the switch. */
  readonly restored: boolean
}
