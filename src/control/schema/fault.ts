/**
 * Faults on purpose: rules that make a port misbehave, the same in the configuration file, over the API and from
 * `qbg fault`. A rule says what is done (`action`), to what, and how often. What carries them out is `src/faults/`.
 */
import * as z from 'zod'
import { formatVsiId } from '../../../protocol/vdp/vsi-id.ts'
import { parseMilliseconds } from '../milliseconds.ts'
import { type Parsed, parsed } from '../parsed.ts'
import { parseVsiType, readVsiId } from '../vsi-text.ts'
import { answer } from './envelope.ts'
import { textAs } from './text-as.ts'
import { MODES } from './vsi-request.ts'

const milliseconds = z.union([z.number(), z.string()]).transform(textAs(parseMilliseconds))
const vsiId = z.string().transform(textAs(readVsiKey))

function readVsiKey(text: string): Parsed<string> {
  const id = readVsiId(text)
  return id.ok ? parsed(formatVsiId(id.value)) : id
}

/** `5` means any version, `5:1` that one. */
const vsiType = z.union([z.int(), z.string()]).transform(textAs(readType))

function readType(written: number | string): Parsed<string> {
  const text = String(written).trim()
  const type = parseVsiType(text)
  if (!type.ok) return type
  const { typeId, typeVersion } = type.value
  return parsed(text.includes(':') ? `${typeId}:${typeVersion}` : String(typeId))
}

export const DIRECTIONS = ['send', 'receive', 'both'] as const
export const FRAME_KINDS = ['any', 'lldp', 'ecp', 'vdp', 'ack'] as const

/** Names of the VDP errors, 802.1Q-2018 §41.2.3; the reserved ones by number. */
export const ERROR_NAMES = [
  'invalid-format',
  'insufficient-resources',
  'manager-unreachable',
  'other-failure',
  'invalid-filter',
] as const
const vdpError = z
  .union([z.enum(ERROR_NAMES), z.int().min(1).max(15)])
  .transform((error) => (typeof error === 'number' ? error : ERROR_NAMES.indexOf(error) + 1))

/** To what it is done, and how often. Everything that is given has to fit. */
const conditions = {
  /** For `qbg fault clear`; made from the action when it is left out. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'up to 63 letters, digits, dots, dashes and underscores')
    .optional(),
  /** Name of a port, or a pattern; all ports when absent. */
  port: z.string().min(1).max(64).optional(),
  type: vsiType.optional(),
  vsi: vsiId.optional(),
  mode: z.enum(MODES).optional(),
  /** Chance, of those that fit. */
  chance: z.number().gt(0).max(1).optional(),
  /** Only the n-th that fits, counted for each port. */
  nth: z.int().min(1).optional(),
  /** Each n-th. */
  every: z.int().min(1).optional(),
  /** At most so often, for each port. */
  times: z.int().min(1).optional(),
}

const frames = {
  ...conditions,
  direction: z.enum(DIRECTIONS).default('send'),
  /** `vdp`: ECPDUs with VSI TLVs; `ack`: acknowledgements of ECP; `ecp`: both. */
  frame: z.enum(FRAME_KINDS).default('any'),
}
const octet = z.int().min(0).max(255)

export const faultRule = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('drop'), ...frames }),
  z.strictObject({
    action: z.literal('delay'),
    milliseconds,
    /** Up to so much more, evenly spread. */
    jitter: milliseconds.default(0),
    ...frames,
  }),
  z.strictObject({ action: z.literal('duplicate'), copies: z.int().min(1).max(100).default(1), ...frames }),
  /** Held back until so many later ones have passed, a second at most. */
  z.strictObject({ action: z.literal('reorder'), behind: z.int().min(1).max(100).default(1), ...frames }),
  /** One octet is changed: the one at `offset`, or any behind the addresses. */
  z.strictObject({ action: z.literal('corrupt'), offset: z.int().min(0).max(1513).optional(), ...frames }),
  z.strictObject({ action: z.literal('truncate'), octets: z.int().min(14).max(1513), ...frames }),
  /** ECP's sequence number: moved by `shift`, or always `number`. */
  z
    .strictObject({
      action: z.literal('sequence'),
      shift: z.int().min(-65535).max(65535).optional(),
      number: z.int().min(0).max(65535).optional(),
      ...frames,
    })
    .refine(({ shift, number }) => (shift === undefined) !== (number === undefined), {
      error: 'needs either "shift" or "number"',
    }),
  /** LLDPDUs without the EVB TLV. */
  z.strictObject({ action: z.literal('no-evb'), ...frames }),
  /** VSI TLVs are taken out; an ECPDU without any is kept and acknowledged in the neighbour's place. */
  z.strictObject({ action: z.literal('omit'), ...frames }),
  /** VSI TLVs are sent with other values. */
  z
    .strictObject({
      action: z.literal('rewrite'),
      status: octet.optional(),
      as: z.enum(MODES).optional(),
      vid: z.int().min(0).max(4095).optional(),
      id: vsiId.optional(),
      ...frames,
    })
    .refine(({ status, as, vid, id }) => [status, as, vid, id].some((value) => value !== undefined), {
      error: 'needs at least one of "status", "as", "vid" and "id"',
    }),
  /** Bridge: refused, whatever the policy says. */
  z.strictObject({
    action: z.literal('refuse'),
    error: vdpError.default(4),
    keep: z.boolean().default(false),
    hard: z.boolean().default(false),
    ...conditions,
  }),
  /** Bridge: the policy's answer comes so much later. */
  z.strictObject({ action: z.literal('late'), milliseconds, ...conditions }),
  /** Bridge: the policy never answers. */
  z.strictObject({ action: z.literal('undecided'), ...conditions }),
  /** Bridge: what was granted is withdrawn after that time. */
  z.strictObject({ action: z.literal('deassociate'), milliseconds, ...conditions }),
])

export type FaultRule = z.infer<typeof faultRule>
export type FaultAction = FaultRule['action']
export const FAULT_ACTIONS = faultRule.options.map(({ shape }) => shape.action.value)

/** Rules that a daemon keeps at most. */
export const MAX_FAULTS = 1000
export const faultRules = z.array(faultRule).max(MAX_FAULTS)
/** What `POST /v1/faults` takes. */
export const faultRequest = z.strictObject({ faults: faultRules.min(1) })
export type FaultRequest = z.infer<typeof faultRequest>
export type FaultRequestInput = z.input<typeof faultRequest>

/** What became of a rule on a port. */
const onPort = z.object({
  port: z.string(),
  /** How many frames or questions fitted, and to how many it was done. */
  matched: z.number(),
  applied: z.number(),
  /** It will not be done any more. */
  spent: z.boolean(),
})

/** The rule as it is kept: defaults filled in, times in milliseconds, errors by number. */
const keptRule = z.looseObject({ action: z.enum(FAULT_ACTIONS), name: z.string() })

export const faultJson = z.object({ rule: keptRule, text: z.string(), ports: z.array(onPort) })
export const faultListAnswer = answer('fault-list', {
  /** The same seed and the same rules do the same again. */
  seed: z.number(),
  faults: z.array(faultJson),
})
export const faultClearAnswer = answer('fault-cleared', { cleared: z.array(z.string()) })

/** A rule as a port's status shows it. */
export const injectedJson = onPort.omit({ port: true }).extend({ name: z.string(), text: z.string() })

export type FaultJson = z.infer<typeof faultJson>
export type FaultListAnswer = z.infer<typeof faultListAnswer>
export type FaultClearAnswer = z.infer<typeof faultClearAnswer>
export type InjectedJson = z.infer<typeof injectedJson>
