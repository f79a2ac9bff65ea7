/** Rows of equal height in a box that scrolls; only those in sight exist. On paper all of them, up to a bound. */
import { el } from './dom.ts'

/** Rows beyond the box, above and below. */
const SPARE = 12
const MAX_PRINTED = 2000

export class VirtualList {
  readonly element: HTMLElement
  readonly #scroller: HTMLElement
  readonly #height: number
  readonly #render: (index: number) => HTMLElement
  readonly #rows = new Map<number, HTMLElement>()
  #count = 0
  #scheduled = false
  #printing = false

  /** Rows go into `scroller`, below what is in it already. */
  constructor(scroller: HTMLElement, height: number, render: (index: number) => HTMLElement) {
    this.#scroller = scroller
    this.#height = height
    this.#render = render
    this.element = el('div', { class: 'rows', role: 'presentation' })
    scroller.append(this.element)
    scroller.addEventListener('scroll', () => this.#schedule(), { passive: true })
    new ResizeObserver(() => this.#schedule()).observe(scroller)
    window.addEventListener('beforeprint', () => this.#print(true))
    window.addEventListener('afterprint', () => this.#print(false))
  }

  /** Everything anew; the rows have changed. */
  reset(count: number): void {
    this.#count = count
    this.element.style.height = `${count * this.#height}px`
    for (const row of this.#rows.values()) row.remove()
    this.#rows.clear()
    this.#draw()
  }

  /** Brings the row into the middle when it is out of sight. */
  reveal(index: number): void {
    const top = this.element.offsetTop + index * this.#height
    const { scrollTop, clientHeight } = this.#scroller
    const header = this.element.offsetTop
    if (top < scrollTop + header || top + this.#height > scrollTop + clientHeight)
      this.#scroller.scrollTop = top - clientHeight / 2
    this.#draw()
  }

  get perPage(): number {
    return Math.max(1, Math.floor(this.#scroller.clientHeight / this.#height) - 2)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    requestAnimationFrame(() => {
      this.#scheduled = false
      this.#draw()
    })
  }

  #draw(): void {
    const [first, last] = this.#window()
    for (const [index, row] of this.#rows) {
      if (index >= first && index < last) continue
      row.remove()
      this.#rows.delete(index)
    }
    for (let index = first; index < last; index++) if (!this.#rows.has(index)) this.#add(index)
  }

  #window(): readonly [number, number] {
    if (this.#printing) return [0, Math.min(this.#count, MAX_PRINTED)]
    const above = this.#scroller.scrollTop - this.element.offsetTop
    const first = Math.max(0, Math.floor(above / this.#height) - SPARE)
    const shown = Math.ceil(this.#scroller.clientHeight / this.#height)
    return [Math.min(first, this.#count), Math.min(this.#count, first + shown + 2 * SPARE)]
  }

  #add(index: number): void {
    const row = this.#render(index)
    row.classList.add('row')
    row.style.top = `${index * this.#height}px`
    this.#rows.set(index, row)
    this.element.append(row)
  }

  #print(on: boolean): void {
    this.#printing = on
    const rows = on ? Math.min(this.#count, MAX_PRINTED) : this.#count
    this.element.style.height = `${rows * this.#height}px`
    this.#draw()
    const missing = on ? this.#count - rows : 0
    this.element.dataset.missing = missing > 0 ? `${missing} more rows are not printed` : ''
  }
}
