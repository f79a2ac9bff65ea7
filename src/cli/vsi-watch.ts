/** `qbg vsi watch`: events of VSIs, line by line, until interrupted or until the daemon leaves. */
import type { EventAnswer } from '../control/schema/event.ts'
import { followEvents } from './event-queries.ts'
import type { ClientOptions } from './output.ts'
import { optionalId } from './vsi-id-argument.ts'

interface WatchOptions extends ClientOptions {
  readonly id?: string
  readonly all?: boolean
}

export async function watch(argument: string | undefined, options: WatchOptions): Promise<number> {
  const id = optionalId(argument, options.id)
  return followEvents(options, (event) => wanted(event, id, options))
}

/** The first line tells a program that nothing is missed from here on; a person does not need it. */
function wanted(event: EventAnswer, id: string | undefined, { all, json }: WatchOptions): boolean {
  if (event.type === 'vsi') return id === undefined || event.id === id
  if (event.type === 'subscribed') return json === true
  return event.type === 'stopping' || all === true
}
