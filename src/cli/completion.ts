/** `qbg completion SHELL`: a script drawn from the commands themselves, so that it knows what they know. */
import type { Command } from 'commander'
import { ControlError } from '../control/control-error.ts'
import { printLines } from './output.ts'

interface Place {
  /** `vsi associate`; empty for `qbg` itself. */
  readonly path: string
  /** Subcommands and options that can follow. */
  readonly words: readonly string[]
  readonly interfaces: boolean
  /** Names of files can follow. */
  readonly files: boolean
}

/** Names of arguments that are files. */
const FILES = ['capture', 'captures', 'file']

const SHELLS: Readonly<Record<string, (places: readonly Place[]) => string[]>> = { bash, zsh, fish }

export function printCompletion(shell: string, program: Command): void {
  const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
  if (write === undefined)
    throw new ControlError('bad-usage', `no completion for "${shell}"; there is bash, zsh and fish`)
  printLines(write(placesOf(program, [])))
}

function placesOf(command: Command, path: readonly string[]): Place[] {
  const options = command.options.flatMap(({ long }) => (long ? [long] : []))
  const names = command.commands.map((inner) => inner.name())
  const interfaces = command.registeredArguments.some((argument) => argument.name() === 'interfaces')
  const files = command.registeredArguments.some((argument) => FILES.includes(argument.name()))
  const place = { path: path.join(' '), words: [...names, ...options, '--help'], interfaces, files }
  return [place, ...command.commands.flatMap((inner) => placesOf(inner, [...path, inner.name()]))]
}

const INTERFACES = '$(ls /sys/class/net)'

function bash(places: readonly Place[]): string[] {
  return [
    '_qbg() {',
    '  local place="" list="" files="" word',
    `  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do`,
    ...descend(places),
    '  done',
    ...choose(places),
    `  COMPREPLY=($(compgen -W "$list" -- "\${COMP_WORDS[COMP_CWORD]}"))`,
    `  [ -z "$files" ] || mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")`,
    '}',
    'complete -o filenames -F _qbg qbg',
  ]
}

function zsh(places: readonly Place[]): string[] {
  return [
    '#compdef qbg',
    '_qbg() {',
    '  local place="" list="" files="" word',
    `  for word in "\${(@)words[2,CURRENT-1]}"; do`,
    ...descend(places),
    '  done',
    ...choose(places),
    `  compadd -- \${=list}`,
    '  [ -z "$files" ] || _files',
    '}',
    'compdef _qbg qbg',
  ]
}

/** Follows the words typed so far from command to subcommand, in the words both shells know. */
function descend(places: readonly Place[]): string[] {
  return [
    '    case "$place $word" in',
    `      ${subcommands(places)}) place="\${place:+$place }$word" ;;`,
    '    esac',
  ]
}

function choose(places: readonly Place[]): string[] {
  return ['  case "$place" in', ...cases(places, '    '), '  esac']
}

/** Patterns for "path word" that lead one level down. */
function subcommands(places: readonly Place[]): string {
  const paths = places.flatMap(({ path }) => (path === '' ? [] : [path]))
  return paths.map((path) => `"${path.includes(' ') ? path : ` ${path}`}"`).join(' | ')
}

function cases(places: readonly Place[], indent: string): string[] {
  return places.map(({ path, words, interfaces, files }) => {
    const all = [...words, ...(interfaces ? [INTERFACES] : [])].join(' ')
    return `${indent}"${path}") list="${all}"${files ? ' files=1' : ''} ;;`
  })
}

function fish(places: readonly Place[]): string[] {
  return places.flatMap(({ path, words, interfaces, files }) => {
    const all = [...words, ...(interfaces ? ['(ls /sys/class/net)'] : [])].join(' ')
    return [`complete -c qbg ${files ? '-F' : '-f'} -n '${fishCondition(path, places)}' -a '${all}'`]
  })
}

function fishCondition(path: string, places: readonly Place[]): string {
  const deeper = places.filter(
    (place) => place.path !== path && place.path.startsWith(path === '' ? '' : `${path} `),
  )
  const below = deeper.map((place) => place.path.split(' ').at(-1)!)
  const seen = path.split(' ').filter((word) => word !== '')
  const within = seen.map((word) => `__fish_seen_subcommand_from ${word}`)
  const notBelow = below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : []
  return [...within, ...notBelow].join('; and ') || 'true'
}
