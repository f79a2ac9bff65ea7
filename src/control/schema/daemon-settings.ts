/** The configuration file of `qbg station` and `qbg bridge`; command line options override it. */
import * as z from 'zod'
import type { LogLevel } from '../../runtime/log.ts'
import { parseMetricsAddress } from '../metrics-address.ts'
import { type Parsed, parsed } from '../parsed.ts'
import { parseVsiType } from '../vsi-text.ts'
import { faultRules } from './fault.ts'
import { portSettings } from './port-settings.ts'
import { textAs } from './text-as.ts'
import { typesSettings } from './types-settings.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]
export const logLevel = z.enum(LOG_LEVELS)

export const DATA_PLANES = ['linux-bridge', 'none'] as const

/** A VSI type of any version, or of one. */
export interface KnownType {
  readonly typeId: number
  readonly typeVersion?: number
}

/** `5` or `"5:1"`. */
const policyType = z.union([z.int(), z.string()]).transform(textAs(parseKnownType))

function parseKnownType(written: number | string): Parsed<KnownType> {
  const type = parseVsiType(String(written))
  if (!type.ok || String(written).includes(':')) return type
  return parsed({ typeId: type.value.typeId })
}

/** What a bridge says to a request. */
export const policySettings = z.strictObject({
  /** The VSI types that are known; without it every type is accepted. */
  types: z.array(policyType).min(1).optional(),
  /** VID for entries that leave it to the bridge; `none` refuses them. */
  assignVid: z.union([z.int().min(1).max(4094), z.literal('none')]).optional(),
})
export type PolicySettings = z.infer<typeof policySettings>

/** A station next to libvirt, in lldpad's place. */
export const libvirtSettings = z.strictObject({
  enabled: z.boolean().optional(),
  /** libvirt looks for /var/run/lldpad.pid only. */
  pidFile: z.string().min(1).optional(),
  /** Netlink port; the process's number when absent. libvirt reads ten octets of it. */
  port: z.int().min(1).max(999_999_999).optional(),
})
export type LibvirtSettings = z.infer<typeof libvirtSettings>

/** `policy.types` and `types` at once. */
const TWO_LISTS = 'names the known types, and so does the section "types": leave one of them out'

export const daemonSettings = portSettings
  .extend({
    control: z.string().min(1).optional(),
    logLevel: logLevel.optional(),
    logFile: z.string().min(1).optional(),
    record: z.string().min(1).optional(),
    /** Station: the file that keeps its VSIs over a restart; false keeps nothing. */
    state: z.union([z.string().min(1), z.literal(false)]).optional(),
    libvirt: libvirtSettings.optional(),
    /** Station: de-associate everything on leaving; true, or how many seconds that may take. */
    drain: z.union([z.boolean(), z.number().min(0.1).max(600)]).optional(),
    /** Station: run although lldpad does, on other interfaces. */
    allowLldpad: z.boolean().optional(),
    policy: z.union([z.literal('accept-all'), policySettings]).optional(),
    /** Bridge: what turns frames round and stops them. */
    dataPlane: z.enum(DATA_PLANES).optional(),
    /** Bridge: the file of VSI types, or more about where they come from. */
    types: z.union([z.string().min(1), typesSettings]).optional(),
    /** Faults on purpose, see `fault.ts`. */
    faults: faultRules.optional(),
    /** The same seed has chance fall the same way again. */
    faultSeed: z.int().min(0).max(0x7fffffff).optional(),
    /** Prometheus: `9100` is on loopback, `192.0.2.1:9100` where it says; none when absent. */
    metrics: z.union([z.int(), z.string()]).transform(textAs(parseMetricsAddress)).optional(),
    /** Ended VSIs that `qbg vsi show` remembers, for each port. */
    history: z.int().min(0).max(1_000_000).optional(),
    /** Interfaces, or patterns for their names, with settings of their own. Those of the top level apply to all. */
    ports: z
      .record(
        z.string().min(1).max(64),
        portSettings
          .extend({
            role: z.enum(['station', 'bridge']).optional(),
            /** False: not before `qbg port enable`. */
            enabled: z.boolean().optional(),
          })
          .nullable(),
      )
      .optional(),
  })
  .superRefine(({ policy, types }, context) => {
    if (types === undefined || typeof policy !== 'object' || policy.types === undefined) return
    context.addIssue({ code: 'custom', message: TWO_LISTS, path: ['policy', 'types'] })
  })
/** As written. */
export type DaemonSettingsInput = z.input<typeof daemonSettings>
export type DaemonSettings = z.infer<typeof daemonSettings>
