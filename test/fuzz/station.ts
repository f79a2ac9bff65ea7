/** A station port that lives anything. */
import { ByteSource } from './byte-source.ts'
import { PortLife } from './port-life.ts'
import { scenarioSeeds } from './scenario-seeds.ts'

export const seeds = scenarioSeeds

export function fuzz(data: Uint8Array): void {
  new PortLife('station', new ByteSource(data)).live()
}
