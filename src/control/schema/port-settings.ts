/**
 * Settings of a port, as the configuration file and the command line give them. Everything is optional here;
 * the defaults are `DEFAULT_PORT_CONFIG` of the engine. Names are the standard's.
 */
import * as z from 'zod'
import { parseFilterEntry } from '../filter-text.ts'
import { parseRate } from '../vsi-type-text.ts'
import { textAs } from './text-as.ts'

/** Values of the EVB TLV, 802.1Q-2018 §D.2.12. */
const exponent = z.int().min(0).max(31)
const seconds = (least: number, most: number) => z.int().min(least).max(most)
const milliseconds = (least: number, most: number) => z.number().min(least).max(most)
/** An LLDP information string has at most 255 octets, 802.1AB-2016 §8.5.5. */
const lldpText = z.string().max(255)

/** Ranges: 802.1AB-2016 §9.2.5. */
export const lldpSettings = z.strictObject({
  adminStatus: z.enum(['enabledRxTx', 'enabledTxOnly', 'enabledRxOnly', 'disabled']).optional(),
  msgTxInterval: seconds(1, 3600).optional(),
  msgTxHold: z.int().min(1).max(100).optional(),
  msgFastTx: seconds(1, 3600).optional(),
  txFastInit: z.int().min(1).max(8).optional(),
  reinitDelay: seconds(1, 10).optional(),
  txCreditMax: z.int().min(1).max(10).optional(),
  maxNeighbors: z.int().min(1).max(1024).optional(),
  portDescription: lldpText.optional(),
  systemName: lldpText.optional(),
  systemDescription: lldpText.optional(),
  managementAddress: z.union([z.ipv4(), z.ipv6(), z.mac()]).optional(),
})

export const evbSettings = z.strictObject({
  txEnable: z.boolean().optional(),
  manual: z.boolean().optional(),
  reflectiveRelay: z.boolean().optional(),
  groupId: z.boolean().optional(),
  r: z.int().min(0).max(7).optional(),
  rte: exponent.optional(),
  rwd: exponent.optional(),
  rka: exponent.optional(),
})

export const vdpSettings = z.strictObject({
  requireEvbBridge: z.boolean().optional(),
  maxVsis: z.int().min(1).max(1_000_000).optional(),
  maxQueued: z.int().min(1).max(1_000_000).optional(),
  pacing: z.enum(['auto', 'always', 'never']).optional(),
  pacingDelay: milliseconds(0, 60_000).optional(),
  retryDelay: milliseconds(1, 3_600_000).optional(),
  maxRetryDelay: milliseconds(1, 86_400_000).optional(),
})

/** Bridge: what VSIs of a port may have together. Without: no limit. */
export const resourceSettings = z.strictObject({
  /** VSIs that are associated or have resources reserved. */
  vsis: z.int().min(0).max(1_000_000).optional(),
  /** Bits a second, or text such as `10gbit`. */
  bandwidth: z.union([z.number(), z.string()]).transform(textAs(parseRate)).optional(),
})

/** Bridge: what a port lets pass. */
export const trafficSettings = z.strictObject({
  /** Only frames of associated VSIs. */
  enforce: z.boolean().optional(),
  /** VLAN of frames without a tag. */
  untaggedVid: z.int().min(1).max(4094).optional(),
  /** What passes without a VSI; an address alone: untagged. */
  allow: z.array(z.string().transform(textAs(parseFilterEntry))).optional(),
  /** The station's own frames pass without a VSI. */
  allowStation: z.boolean().optional(),
})

export const portSettings = z.strictObject({
  lldp: lldpSettings.optional(),
  evb: evbSettings.optional(),
  vdp: vdpSettings.optional(),
  traffic: trafficSettings.optional(),
  resources: resourceSettings.optional(),
})
export type PortSettings = z.infer<typeof portSettings>
