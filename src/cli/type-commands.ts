/** `qbg type`: declares its commands; what they do is in `type-edit.ts`, `type-queries.ts` and `type-serve.ts`. */
import type { Command } from 'commander'
import { withControl } from './client-options.ts'

const PARTS = `
A type is ID:VERSION; ID alone is the type of every version. What is left out is not limited.
The file is --file, or QBG_TYPES, or the one that the running bridge has its types from.

  qbg type add 5:1 --name web --vlan 100 200-299 --mac 52:54:00 --assign 100@3 --max-vsis 20
  qbg type add 6 --group 5000=300@5 --rate 100mbit --valid-until 2027-01-01
`

export function addTypes(program: Command, finish: (status: number) => void): void {
  const type = program.command('type').description('VSI types (port profiles) that a bridge decides by')
  one(type.command('add').description('add a VSI type to a file of types, or change one'))
    .option('--replace', 'change the type when it is there already; it then is what the options say')
    .option('--name <text>', 'what people call it')
    .option('--vlan <vid...>', 'VIDs or ranges a VSI may have: 100 200-299')
    .option('--mac <address...>', 'MAC addresses a VSI may have, or their first octets: 52:54:00')
    .option('--group <id...>', 'group IDs a VSI may have, with the VID and PCP they get: 5000=300@5, 6000')
    .option('--assign <vid[@pcp]>', 'what an entry without VID gets: 100, 100@3, any@3')
    .option('--max-vsis <n>', 'VSIs that may have or reserve resources, on all ports together')
    .option('--rate <rate>', 'bandwidth of each VSI: 100mbit')
    .option('--burst <size>', 'how much may go at once beyond the rate: 64kb')
    .option('--valid-from <time>', '2026-03-01, or 2026-03-01T08:00:00Z')
    .option('--valid-until <time>', 'VSIs that have it then are de-associated')
    .addHelpText('after', PARTS)
    .action(async (id: string, options) => finish(await (await edits()).add(id, options)))
  one(type.command('remove').description('remove a VSI type; VSIs that have it are de-associated')).action(
    async (id: string, options) => finish(await (await edits()).remove(id, options)),
  )
  one(type.command('show').description('the VSI type that is meant by an ID and version')).action(
    async (id: string, options) => finish(await (await queries()).show(id, options)),
  )
  inFile(type.command('list').description('the VSI types of a file')).action(async (options) =>
    finish(await (await queries()).list(options)),
  )
  inFile(type.command('check').description('whether a file of VSI types is right; mistakes by line'))
    .argument('[file]', 'the same as --file')
    .action(async (file: string | undefined, options) => finish(await (await queries()).check(file, options)))
  addServe(type, finish)
}

function addServe(type: Command, finish: (status: number) => void): void {
  type
    .command('serve')
    .description('a small VSI manager for tests and labs: the types of a file over HTTP')
    .argument('[file]', 'the same as --file')
    .option('--file <path>', 'file of VSI types; read again when it changes')
    .option('--listen <[host:]port>', 'where to listen', '127.0.0.1:8080')
    .option('--delay <milliseconds>', 'wait before each answer, to be slow on purpose', '0')
    .option('--json', 'answer, or error, as JSON')
    .action(async (file: string | undefined, options) =>
      finish(await (await import('./type-serve.ts')).serve(file, options)),
    )
}

const edits = () => import('./type-edit.ts')
const queries = () => import('./type-queries.ts')

function inFile(command: Command): Command {
  return withControl(command).option(
    '--file <path>',
    'file of VSI types (default: QBG_TYPES, or that of the bridge)',
  )
}

function one(command: Command): Command {
  return inFile(command.argument('<id[:version]>', 'VSI type')).option(
    '--manager <id>',
    'VSI manager it belongs to',
    '0',
  )
}
