/**
 * The four numbers of the EVB TLV: what to propose and what to operate on. Source: 802.1Q-2018 §D.2.12.5 to §D.2.12.9.
 *
 * Both sides operate on the larger value. R and RTE are sent as configured. RWD and RKA are sent as negotiated, with
 * a bit (ROL) that says whose value it is; two peers that simply echo the larger one could never lower it again, so
 * what is only our own echo is forgotten (`receiveExponent`). On equality the value is our own: ROL 0.
 * One case is left: both sides lower the same value at once, and both LLDPDUs that say so are lost. They agree, but
 * on the old value, until one of them changes it again or loses the other's TLV.
 */
import type { OperatingValues } from '../wire/operating-values.ts'
import type { EvbTlv } from './evb-tlv.ts'

/** What the partner proposes for RWD or RKA; undefined while it proposes nothing of its own. */
export type Proposal = number | undefined

export interface Proposals {
  readonly rwd: Proposal
  readonly rka: Proposal
}

export const NO_PROPOSALS: Proposals = { rwd: undefined, rka: undefined }

/** A value as it is sent: ROL is `remote`. */
export interface SentExponent {
  readonly value: number
  readonly remote: boolean
}

export type Winner = 'local' | 'remote' | 'equal'

/** What to send for RWD or RKA. */
export function sendExponent(local: number, proposal: Proposal): SentExponent {
  if (proposal !== undefined && proposal > local) return { value: proposal, remote: true }
  return { value: local, remote: false }
}

/** The proposal after the partner sent `received`, when we send `local` and the proposal so far. */
export function receiveExponent(local: number, proposal: Proposal, received: SentExponent): Proposal {
  if (!received.remote) return received.value
  if (!sendExponent(local, proposal).remote) return undefined
  return proposal === undefined ? undefined : Math.min(proposal, received.value)
}

/** The proposals after the partner's TLV. */
export function receiveProposals(local: OperatingValues, proposals: Proposals, partner: EvbTlv): Proposals {
  const rwd = { value: partner.rwd, remote: partner.rwdRemote }
  const rka = { value: partner.rka, remote: partner.rkaRemote }
  return {
    rwd: receiveExponent(local.rwd, proposals.rwd, rwd),
    rka: receiveExponent(local.rka, proposals.rka, rka),
  }
}

/** The numbers of the TLV to send. */
export function sendValues(
  local: OperatingValues,
  proposals: Proposals,
): Pick<EvbTlv, 'r' | 'rte' | 'rwd' | 'rwdRemote' | 'rka' | 'rkaRemote'> {
  const rwd = sendExponent(local.rwd, proposals.rwd)
  const rka = sendExponent(local.rka, proposals.rka)
  return {
    r: local.r,
    rte: local.rte,
    rwd: rwd.value,
    rwdRemote: rwd.remote,
    rka: rka.value,
    rkaRemote: rka.remote,
  }
}

/** What this side works with; the local values while no TLV of a partner is held. */
export function operateOn(local: OperatingValues, partner: OperatingValues | undefined): OperatingValues {
  if (!partner) return local
  return {
    r: Math.max(local.r, partner.r),
    rte: Math.max(local.rte, partner.rte),
    rwd: Math.max(local.rwd, partner.rwd),
    rka: Math.max(local.rka, partner.rka),
  }
}

/** Whose value each operating value is. A partner that sends our value with ROL 1 says itself that it is ours. */
export function winners(
  local: OperatingValues,
  partner: EvbTlv | undefined,
): Record<keyof OperatingValues, Winner> {
  if (!partner) return { r: 'local', rte: 'local', rwd: 'local', rka: 'local' }
  return {
    r: winner(local.r, partner.r),
    rte: winner(local.rte, partner.rte),
    rwd: winner(local.rwd, partner.rwd, partner.rwdRemote),
    rka: winner(local.rka, partner.rka, partner.rkaRemote),
  }
}

function winner(local: number, partner: number, isEcho = false): Winner {
  if (partner === local) return isEcho ? 'local' : 'equal'
  return partner > local ? 'remote' : 'local'
}
