/** What a station finds on its disk, and recordings: state file, journal, one VSI, event log. */
import { decodeLogEntry, encodeLogEntry } from '../../protocol/trace/event-log.ts'
import { parseJournal } from '../../src/state/journal.ts'
import { formatState, parseState } from '../../src/state/state-text.ts'
import { decodeStoredVsi, encodeStoredVsi } from '../../src/state/stored-vsi.ts'
import { command } from '../support/vdp.ts'
import { claim, claimSame } from './target.ts'

const STORED = encodeStoredVsi({ port: 'eth0', owner: 'cli', since: 0, command: command(), details: {} })

export function* seeds(): Generator<Uint8Array> {
  const input = { type: 'vsi.requested', ticket: 1, command: command() } as const
  const texts = [
    [...formatState('boot', [STORED, STORED])].join(''),
    `{"key":"eth0 x","vsi":${STORED}}\n{"key":"eth0 y","vsi":null}\n{"key":`,
    STORED,
    encodeLogEntry({ kind: 'input', port: 'eth0', step: 1, at: 0, input }),
  ]
  for (const text of texts) yield new TextEncoder().encode(text)
}

export function fuzz(data: Uint8Array): void {
  const text = Buffer.from(data).toString('utf8')
  const state = parseState(text)
  if (state.ok) for (const vsi of state.state.vsis) stored(vsi)
  for (const { vsi } of parseJournal(text).changes) stored(vsi)
  for (const line of text.split('\n')) {
    const entry = decodeLogEntry(line)
    if (entry.ok) encodeLogEntry(entry.entry)
    stored(json(line))
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What is read can be written, and is read again as the same. */
function stored(value: unknown): void {
  const one = decodeStoredVsi(value)
  if (!one.ok) return
  const again = decodeStoredVsi(JSON.parse(encodeStoredVsi(one.value)))
  claim(again.ok, () => `a stored VSI cannot be read again: ${again.ok ? '' : again.message}`)
  claimSame(again.value, one.value, 'a stored VSI, written and read')
}
