/** Elements of the page. Text only ever becomes text nodes; controls and what turns its direction are made visible. */
export type Child = Node | string | null

export interface Attributes {
  readonly [name: string]: string | number | boolean | undefined
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  append(element, children)
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag)
  setAttributes(element, attributes)
  append(element, children)
  return element
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    element.setAttribute(name, value === true ? '' : visible(String(value)))
  }
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null) continue
    element.append(typeof child === 'string' ? visible(child) : child)
  }
}

export function replace(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren()
  append(element, children)
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** `a‮b` as `a⟨U+202E⟩b`: a name in a capture cannot hide or turn what is beside it. */
export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => {
    const point = character.codePointAt(0)!.toString(16).toUpperCase()
    return `⟨U+${point.padStart(4, '0')}⟩`
  })
}

/** A link to a frame, which the page follows by its fragment. */
export function frameLink(number: number, text = `frame ${number}`): HTMLAnchorElement {
  return el('a', { href: `#frame=${number}`, class: 'frame-link' }, text)
}
