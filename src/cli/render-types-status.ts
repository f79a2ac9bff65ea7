/** VSI types in `qbg status`: where they come from, and which VSIs have. */
import type { StatusAnswer, TypeManagerJson } from '../control/schema/status.ts'
import { formatDuration } from './duration.ts'
import type { Style } from './style.ts'
import { layOut } from './table.ts'

type TypesJson = NonNullable<StatusAnswer['types']>

/** Nothing when the settings themselves say which types there are, and no type is limited. */
export function renderTypes(
  { file, managers, inUse, waiting }: TypesJson,
  time: string,
  style: Style,
): string[] {
  const age = (at: string) => formatDuration(Math.max(0, Date.parse(time) - Date.parse(at)))
  const problem = (text: string | null) => (text === null ? [] : [`  ${style.yellow('!')} ${text}`])
  const ofFile = file
    ? [
        `VSI types: ${file.types} of ${file.path}, read ${age(file.readAt)} ago`,
        ...problem(file.problem && `as it is now it is not in force: ${file.problem}`),
      ]
    : []
  const ofManagers = managers.flatMap((one) => [
    `VSI types: manager ${describeManager(one, age)}`,
    ...problem(one.problem),
  ])
  const rows = inUse.filter(
    ({ name, maxVsis }) => file || managers.length > 0 || name !== null || maxVsis !== null,
  )
  const used = layOut(
    rows.map(({ manager, id, version, name, vsis, holding, maxVsis }) => [
      `  type ${id}:${version ?? '*'}`,
      manager === '0' ? '' : `manager ${manager}`,
      name ?? '',
      `${vsis} VSIs`,
      `${holding}${maxVsis === null ? '' : ` of ${maxVsis}`} with resources`,
    ]),
  )
  const late = waiting > 0 ? [`  ${waiting} requests wait for a VSI manager`] : []
  return [...ofFile, ...ofManagers, ...late, ...used]
}

function describeManager(one: TypeManagerJson, age: (at: string) => string): string {
  const { id, url, cached, used, waiting, lastAnswerAt, counters } = one
  const last = lastAnswerAt === null ? 'has not answered yet' : `answered ${age(lastAnswerAt)} ago`
  const asked = `${counters.asked} questions, ${counters.failed} failed${waiting > 0 ? `, ${waiting} wait` : ''}`
  return `${id}${one.default ? ' (default)' : ''} at ${url}, ${last}; ${cached} remembered, ${used} in use; ${asked}`
}
