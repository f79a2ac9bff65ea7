/** Script and style of the page, as `npm run build` puts them beside this file in dist/. */
import { readFileSync } from 'node:fs'
import type { Assets } from './page.ts'

export function readAssets(): Assets {
  const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
  return { script: read('./page/page.js'), style: read('./page/page.css') }
}
