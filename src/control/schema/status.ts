/** `GET /v1/status` and `qbg status --json`. */
import * as z from 'zod'
import { answer, time } from './envelope.ts'
import { injectedJson } from './fault.ts'
import { libvirtJson } from './libvirt.ts'
import { mibJson } from './mib.ts'
import { vsiState } from './vsi.ts'

const values = z.object({ r: z.number(), rte: z.number(), rwd: z.number(), rka: z.number() })
const whose = z.enum(['local', 'remote', 'equal'])

const evbTlv = z.object({
  bridge: z.object({ bgid: z.boolean(), rrcap: z.boolean(), rrctr: z.boolean() }),
  station: z.object({ sgid: z.boolean(), rrreq: z.boolean(), rrstat: z.number() }),
  mode: z.number(),
  ...values.shape,
  rwdRemote: z.boolean(),
  rkaRemote: z.boolean(),
})

export const neighborJson = z.object({
  msap: z.string(),
  chassisId: z.string(),
  portId: z.string(),
  mac: z.string(),
  ttl: z.number(),
  portDescription: z.string().optional(),
  systemName: z.string().optional(),
  systemDescription: z.string().optional(),
  systemCapabilities: z.object({ supported: z.number(), enabled: z.number() }).optional(),
  managementAddresses: z.array(z.string()).readonly(),
  evb: evbTlv.optional(),
})

/** Something a person should look at. */
const problem = z.object({ code: z.string(), text: z.string(), hint: z.string() })

const faults = z.object({
  total: z.number(),
  byCode: z.record(z.string(), z.number()),
  /** `offset` counts octets from the start of the frame. */
  last: z.object({ time, code: z.string(), offset: z.number(), clause: z.string() }).nullable(),
})

/** Rows of IEEE8021-EVB-MIB that a port has, names without `ieee8021BridgeEvb`. */
const portMib = z.object({
  SysEvbLldpTxEnable: z.boolean(),
  SysEvbLldpManual: z.boolean(),
  SysEvbLldpGidCapable: z.boolean(),
  OperRsrcWaitDelayExp: z.number(),
  OperReinitKeepAliveExp: z.number(),
  OperToutKeepAlive: z.number(),
  OperRespWaitDelay: z.number(),
  EcpOperAckTimerInitExp: z.number(),
  EcpOperMaxRetries: z.number(),
  EcpTxFrameCount: z.number(),
  EcpTxRetryCount: z.number(),
  EcpTxFailures: z.number(),
  EcpRxFrameCount: z.number(),
})

/** Bridge: what VSIs of the port have or reserve, and what there is; null: no limit. Bandwidth in bits a second. */
const portResources = z.object({
  vsis: z.number(),
  maxVsis: z.number().nullable(),
  bandwidth: z.number(),
  maxBandwidth: z.number().nullable(),
})

/** At the interface. */
const framesJson = z.object({
  sent: z.number(),
  received: z.number(),
  /** Could not be sent. */
  sendErrors: z.number(),
  /** Not ours: tagged for a VLAN, or another host's. */
  dropped: z.number(),
  /** Came when there was no room for them. */
  lost: z.number(),
})

export const portJson = z.object({
  name: z.string(),
  /** Counts the ports of a daemon from 1; a port that comes back has another. */
  number: z.number(),
  role: z.enum(['station', 'bridge']),
  /** False: disabled by the operator. */
  enabled: z.boolean(),
  link: z.object({ up: z.boolean(), mac: z.string().nullable() }),
  /** The Linux bridge the interface is a port of. */
  master: z.string().nullable(),
  neighbor: neighborJson.nullable(),
  neighbors: z.array(neighborJson).readonly(),
  evb: z.object({
    local: evbTlv.nullable(),
    remote: evbTlv.nullable(),
    /** As set here; `local` is what is sent, which follows the neighbour's larger value. */
    configured: values,
    operating: values,
    winner: z.object({ r: whose, rte: whose, rwd: whose, rka: whose }),
    groupIds: z.boolean(),
  }),
  relay: z.object({
    requested: z.boolean(),
    capable: z.boolean(),
    active: z.boolean(),
    /** Bridge: what the data path does (hairpin of the port); null on a station or when it cannot be set. */
    applied: z.boolean().nullable(),
  }),
  ecp: z.object({
    outstanding: z.boolean(),
    sequence: z.number(),
    queued: z.number(),
    unpaced: z.boolean(),
  }),
  vdp: z.object({
    ready: z.boolean(),
    vsis: z.record(vsiState, z.number()),
    /** Milliseconds. */
    timers: z.object({
      resourceWaitDelay: z.number(),
      respWaitDelay: z.number(),
      reinitKeepAlive: z.number(),
      toutKeepAlive: z.number(),
    }),
  }),
  resources: portResources.nullable(),
  counters: z.record(z.string(), z.number()),
  faults,
  frames: framesJson,
  /** Faults on purpose: rules of `qbg fault` that are in force on this port. */
  injected: z.array(injectedJson),
  problems: z.array(problem),
  mib: portMib,
})

const typeFileJson = z.object({
  path: z.string(),
  types: z.number(),
  /** When the text in force was read. */
  readAt: time,
  /** Why a newer text is not in force, or a part of it not used. */
  problem: z.string().nullable(),
})

/** A VSI manager that is asked over HTTP. */
const typeManagerJson = z.object({
  id: z.string(),
  url: z.string(),
  default: z.boolean(),
  /** Types remembered, and those of them that VSIs have. */
  cached: z.number(),
  used: z.number(),
  /** Questions that wait for its answer. */
  waiting: z.number(),
  /** Why it could not be asked the last time; null when it answered. */
  problem: z.string().nullable(),
  lastAnswerAt: time.nullable(),
  counters: z.object({ asked: z.number(), answered: z.number(), failed: z.number() }),
})

/** A VSI type that VSIs have; `version` null: of every version. */
const usedTypeJson = z.object({
  manager: z.string(),
  id: z.number(),
  version: z.number().nullable(),
  name: z.string().nullable(),
  /** In any state, counted on each port. */
  vsis: z.number(),
  /** That have or reserve resources, each counted once. */
  holding: z.number(),
  maxVsis: z.number().nullable(),
})

const typesJson = z.object({
  file: typeFileJson.nullable(),
  managers: z.array(typeManagerJson),
  inUse: z.array(usedTypeJson),
  /** Requests that wait for a VSI manager. */
  waiting: z.number(),
})

/** Where a station keeps its VSIs over a restart. */
const stateJson = z.object({
  path: z.string(),
  /** VSIs stored, also those of interfaces the daemon does not run on now. */
  vsis: z.number(),
  /** Why nothing is stored. */
  problem: z.string().nullable(),
})

/** The daemon's log. */
const logJson = z.object({
  /** Null: standard error. */
  file: z.string().nullable(),
  /** Lines that could not be written. */
  lost: z.number(),
  /** Why the last one could not be; null when it was written. */
  problem: z.string().nullable(),
})

export const statusAnswer = answer('status', {
  version: z.string(),
  pid: z.number(),
  role: z.enum(['station', 'bridge']),
  startedAt: time,
  time,
  control: z.string(),
  logLevel: z.string(),
  log: logJson,
  /** Null when VSIs are not kept: on a bridge, or by the operator's choice. */
  state: stateJson.nullable(),
  /** Bridge: VSI types, where they come from, and which are in use; null on a station. */
  types: typesJson.nullable(),
  /** The agent for libvirt; null when it is not switched on. */
  libvirt: libvirtJson.nullable(),
  ports: z.array(portJson),
  /** IEEE8021-EVB-MIB. */
  mib: mibJson,
})

/** `POST /v1/drain`: VSIs the switch no longer holds, and those it may hold until their keep-alives are missed. */
export const drainedAnswer = answer('drained', { released: z.number(), left: z.number() })
export const logLevelAnswer = answer('log-level', { level: z.string() })

export type EvbTlvJson = z.infer<typeof evbTlv>
export type NeighborJson = z.infer<typeof neighborJson>
export type Problem = z.infer<typeof problem>
export type FaultsJson = z.infer<typeof faults>
export type FramesJson = z.infer<typeof framesJson>
export type PortMib = z.infer<typeof portMib>
export type PortJson = z.infer<typeof portJson>
export type TypeFileJson = z.infer<typeof typeFileJson>
export type TypeManagerJson = z.infer<typeof typeManagerJson>
export type TypesJson = z.infer<typeof typesJson>
export type PortResourcesJson = z.infer<typeof portResources>
export type LogJson = z.infer<typeof logJson>
export type StateJson = z.infer<typeof stateJson>
export type StatusAnswer = z.infer<typeof statusAnswer>
export type DrainedAnswer = z.infer<typeof drainedAnswer>
export type LogLevelAnswer = z.infer<typeof logLevelAnswer>
