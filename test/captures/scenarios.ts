/** What is captured: runs of a sound station and a sound bridge, and of a bridge that misbehaves on purpose. */
import { idOf, QUICK, type Role, type Stage } from './stage.ts'

export interface Scenario {
  readonly name: string
  /** For the table in pcaps/README.md. */
  readonly shows: string
  readonly options?: Partial<Record<Role, readonly string[]>>
  readonly run: (stage: Stage) => Promise<unknown>
}

/** A fault of the bridge, set when both have negotiated, and what the station then goes through. */
function misbehaves(name: string, shows: string, fault: string, run?: Scenario['run']): Scenario {
  return {
    name: `fault-${name}`,
    shows: `${shows} (\`qbg fault set ${fault}\`)`,
    run: async (stage) => {
      await stage.begin()
      const { status, stderr } = await stage.qbg('bridge', 'fault', 'set', ...fault.split(' '))
      if (status !== 0) throw new Error(stderr)
      await stage.associate(1)
      if (run) await run(stage)
      else await stage.pause(500)
    },
  }
}

const SOUND: readonly Scenario[] = [
  {
    name: 'qbg-life',
    shows: 'Pre-associate, Associate, keep-alives, a changed filter, De-Associate',
    run: async (stage) => {
      await stage.begin()
      const mac = '52:54:00:00:00:01'
      const preassociate = ['vsi', 'preassociate', '--type', '5:1', '--id', idOf(1), '--wait', '5']
      await stage.qbg('station', ...preassociate, '--filter', `${mac}/101`)
      await stage.associate(1)
      await stage.pause(3000)
      await stage.associate(1, '--filter', `${mac}/201`)
      await stage.pause(500)
      await stage.qbg('station', 'vsi', 'deassociate', idOf(1), '--wait', '5')
    },
  },
  {
    name: 'qbg-forms',
    shows:
      'the four filter formats, the five forms of VSI ID, migration hints, a null VID that the bridge fills in',
    options: { station: [...QUICK, '--group-ids'], bridge: [...QUICK, '--group-ids'] },
    run: async (stage) => {
      await stage.begin()
      const ask = (id: string, filter: string, ...more: readonly string[]) =>
        stage.qbg(
          'station',
          ...['vsi', 'associate', '--type', '7:2', '--id', id, '--filter', filter, '--wait', '5', ...more],
        )
      await ask(idOf(1), '200')
      await ask('mac:52:54:00:00:00:02', '52:54:00:00:00:02/200@3', '--hint', 'migrate-to')
      await ask('ipv4:192.0.2.7', 'group:5000/200', '--hint', 'migrate-from')
      await ask('ipv6:2001:db8::7', 'group:5001/52:54:00:00:00:04/200')
      await ask('local:0102030405060708090a0b0c0d0e0f10', '52:54:00:00:00:05')
      await stage.pause(300)
    },
  },
  {
    name: 'qbg-crowd',
    shows: '200 VSIs at once, many in one ECPDU, their keep-alives, and all of them drained',
    run: async (stage) => {
      await stage.begin()
      await stage.associateAll(200)
      await stage.pause(1500)
      await stage.qbg('station', 'drain')
    },
  },
  {
    name: 'qbg-refused',
    shows: 'a VSI type that the bridge does not know: De-Associate with error 4 and Hard',
    options: { bridge: [...QUICK, '--policy', '6'] },
    run: async (stage) => {
      await stage.begin()
      await stage.associate(1)
      await stage.pause(300)
    },
  },
  {
    name: 'qbg-flap',
    shows: 'the link goes down and up: negotiated and associated again',
    run: async (stage) => {
      await stage.begin()
      await stage.associate(1)
      await stage.setLink(false)
      await stage.pause(500)
      await stage.setLink(true)
      await stage.pause(4000)
    },
  },
  {
    name: 'qbg-bridge-killed',
    shows: 'the bridge is killed without a word and comes back',
    run: async (stage) => {
      await stage.begin()
      await stage.associate(1)
      await stage.stop('bridge', 'SIGKILL')
      await stage.pause(500)
      await stage.start('bridge')
      await stage.pause(3000)
    },
  },
  {
    name: 'qbg-station-killed',
    shows: 'the station is killed without a word and comes back with its VSIs',
    run: async (stage) => {
      await stage.begin()
      await stage.associate(1)
      await stage.stop('station', 'SIGKILL')
      await stage.pause(300)
      await stage.start('station')
      await stage.pause(2000)
    },
  },
]

const MISBEHAVING: readonly Scenario[] = [
  misbehaves('ack-lost', 'the first request is not acknowledged', 'drop --frame ack --nth 1'),
  misbehaves('no-acks', 'nothing is acknowledged', 'drop --frame ack', (stage) => stage.pause(2500)),
  misbehaves('no-answers', 'requests are acknowledged and never answered', 'omit'),
  misbehaves('answers-late', 'answers come when nobody waits any more', 'delay 6s --frame vdp', (stage) =>
    stage.pause(4000),
  ),
  misbehaves('twice', 'all of ECP comes twice', 'duplicate --frame ecp'),
  misbehaves('sequence', 'acknowledgements of another number', 'sequence +1 --frame ack'),
  misbehaves('one-number', 'all ECPDUs have one number', 'sequence 5 --frame vdp', async (stage) => {
    await stage.associate(2)
    await stage.associate(3)
  }),
  misbehaves('broken-answer', 'answers end within a TLV', 'truncate 40 --frame vdp'),
  misbehaves('wrong-vlan', 'a grant of another VLAN than was asked for', 'rewrite --vid 77'),
  misbehaves('stranger', 'an answer about a VSI nobody asked for', 'rewrite --new-id mac:52:54:00:00:00:99'),
  misbehaves('keep-nothing', 'a refusal with Keep though nothing was there to keep', 'rewrite --status 0x64'),
  misbehaves('taken-back', 'a grant, and two seconds later a De-Associate', 'deassociate 2s', (stage) =>
    stage.pause(3000),
  ),
  {
    name: 'fault-no-evb',
    shows: 'the EVB TLV is withdrawn under an associated VSI (`qbg fault set no-evb`)',
    run: async (stage) => {
      await stage.begin()
      await stage.associate(1)
      await stage.qbg('bridge', 'fault', 'set', 'no-evb')
      await stage.pause(4000)
    },
  },
  misbehaves(
    'bad-cable',
    'one octet in every fifth frame is wrong',
    'corrupt --chance 0.2',
    async (stage) => {
      for (const number of [2, 3, 4, 5]) await stage.associate(number)
    },
  ),
]

export const SCENARIOS: readonly Scenario[] = [...SOUND, ...MISBEHAVING]
