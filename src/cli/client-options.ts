/** The options of every command that talks to a daemon. */
import type { Command } from 'commander'

/** Adds them. */
export function withControl(command: Command): Command {
  return command
    .option(
      '--control <path>',
      'control socket (default: QBG_CONTROL, /run/qbg/qbg.sock, $XDG_RUNTIME_DIR/qbg.sock)',
    )
    .option('--json', 'answer, or error, as JSON')
}
