/** Where a moment is on the lanes: over time or over frames, all of the capture or a part. Knows nothing of the page. */
import { ticks } from './format.ts'

export type Scale = 'time' | 'frames'

/** A frame and when it was. Milliseconds. */
export interface Moment {
  readonly at: number
  readonly frame: number
}

export interface Tick {
  /** Percent of the width. */
  readonly x: number
  readonly text: string
}

export class LaneAxis {
  readonly #end: Moment
  readonly #from: number
  readonly #length: number
  readonly scale: Scale

  /** `end`: of the capture. With a zoom above 1 a part of it, with `focus` in the middle as far as possible. */
  constructor(scale: Scale, end: Moment, zoom = 1, focus: Moment = { at: 0, frame: 1 }) {
    this.scale = scale
    this.#end = end
    const whole = this.#last - this.#first
    this.#length = Math.max(whole / zoom, Number.MIN_VALUE)
    const middle = this.#value(focus) - this.#length / 2
    this.#from = Math.max(this.#first, Math.min(middle, this.#last - this.#length))
  }

  /** Percent of the width; beyond 0 to 100 it is not in sight. */
  x(moment: Moment): number {
    return (100 * (this.#value(moment) - this.#from)) / this.#length
  }

  get ticks(): Tick[] {
    const values = ticks(this.#from, this.#from + this.#length, 6)
    if (this.scale === 'time') {
      const step = ((values[1] ?? this.#length) - (values[0] ?? 0)) / 1000
      const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)))
      return values.map((at) => ({ x: this.x({ at, frame: 1 }), text: `${(at / 1000).toFixed(decimals)} s` }))
    }
    return values
      .filter(Number.isInteger)
      .map((frame) => ({ x: this.x({ at: 0, frame }), text: `frame ${frame}` }))
  }

  get #first(): number {
    return this.scale === 'time' ? 0 : 1
  }

  get #last(): number {
    return this.scale === 'time' ? this.#end.at : this.#end.frame
  }

  #value({ at, frame }: Moment): number {
    return this.scale === 'time' ? at : frame
  }
}
