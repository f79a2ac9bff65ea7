/** A fault on purpose in words, for lists, logs and events. */
import { reasonOfVdpError } from '../../protocol/engine/reason.ts'
import type { FaultRule } from './schema/fault.ts'

const KINDS = {
  any: 'frames',
  lldp: 'LLDPDUs',
  ecp: 'ECP frames',
  vdp: 'VDP ECPDUs',
  ack: 'ECP acknowledgements',
}
const WAYS = { send: 'sent', receive: 'received', both: 'sent and received' }

/** `drops ECP acknowledgements sent, of type 5, only the 3rd`. */
export function describeFault(rule: FaultRule): string {
  return [whatItDoes(rule), ...whose(rule), ...howOften(rule)].join(', ')
}

function whatItDoes(rule: FaultRule): string {
  const frames = 'frame' in rule ? `${KINDS[rule.frame]} ${WAYS[rule.direction]}` : ''
  switch (rule.action) {
    case 'drop':
      return `drops ${frames}`
    case 'delay':
      return `delays ${frames} by ${time(rule.milliseconds)}${rule.jitter > 0 ? ` to ${time(rule.milliseconds + rule.jitter)}` : ''}`
    case 'duplicate':
      return `repeats ${frames}${rule.copies > 1 ? ` ${rule.copies} times` : ''}`
    case 'reorder':
      return `lets ${rule.behind === 1 ? 'one' : rule.behind} overtake ${frames}`
    case 'corrupt':
      return `changes ${rule.offset === undefined ? 'an octet' : `octet ${rule.offset}`} of ${frames}`
    case 'truncate':
      return `cuts ${frames} to ${rule.octets} octets`
    case 'sequence':
      return `numbers ${frames} ${rule.number === undefined ? `${signed(rule.shift ?? 1)}` : `always ${rule.number}`}`
    case 'no-evb':
      return `takes the EVB TLV out of ${frames}`
    case 'omit':
      return `takes VSI TLVs out of ${frames}`
    case 'rewrite':
      return `rewrites VSI TLVs of ${frames}: ${rewriting(rule)}`
    case 'refuse':
      return `refuses with error ${rule.error} (${errorName(rule.error)})${rule.keep ? ', Keep' : ''}${rule.hard ? ', Hard' : ''}`
    case 'late':
      return `decides ${time(rule.milliseconds)} late`
    case 'undecided':
      return 'never decides'
    case 'deassociate':
      return `withdraws what was granted after ${time(rule.milliseconds)}`
  }
}

function errorName(error: number): string {
  return error > 5 ? 'reserved' : reasonOfVdpError(error, false).code
}

function rewriting({ status, as, vid, id }: Extract<FaultRule, { action: 'rewrite' }>): string {
  const parts = [
    status === undefined ? [] : [`status 0x${status.toString(16).padStart(2, '0')}`],
    as === undefined ? [] : [as],
    vid === undefined ? [] : [`VID ${vid}`],
    id === undefined ? [] : [`VSI ${id}`],
  ]
  return parts.flat().join(', ')
}

function whose({ type, vsi, mode }: FaultRule): string[] {
  return [
    ...(type === undefined ? [] : [`of type ${type}`]),
    ...(vsi === undefined ? [] : [`of VSI ${vsi}`]),
    ...(mode === undefined ? [] : [`of mode ${mode}`]),
  ]
}

function howOften({ chance, nth, every, times }: FaultRule): string[] {
  return [
    ...(nth === undefined ? [] : [`only the ${ordinal(nth)}`]),
    ...(every === undefined ? [] : [`each ${ordinal(every)}`]),
    ...(chance === undefined ? [] : [`with chance ${chance}`]),
    ...(times === undefined ? [] : [`at most ${times === 1 ? 'once' : `${times} times`}`]),
  ]
}

function time(milliseconds: number): string {
  return milliseconds >= 1000 ? `${milliseconds / 1000} s` : `${milliseconds} ms`
}

function signed(shift: number): string {
  return shift < 0 ? `${shift}` : `+${shift}`
}

function ordinal(number: number): string {
  const teen = number % 100 >= 11 && number % 100 <= 13
  return `${number}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th')}`
}
