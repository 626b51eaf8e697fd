import { CdcError, toCdcError } from '../core/errors.ts';
import type { CliIo, Command } from './io.ts';
import { UsageError } from './usage-error.ts';

interface CommandEntry {
  readonly name: string;
  readonly does: string;
  /** Loaded only when asked for: `galaxy stream` need not parse the HTTP side. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    does: 'control plane and runners on this machine',
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'task',
    does: 'list, create, show, stop, resume, update, rewind and delete tasks',
    load: async () => (await import('./task.ts')).task,
  },
  {
    name: 'stream',
    does: 'one stream, no control plane: MySQL in, messages out',
    load: async () => (await import('./stream.ts')).stream,
  },
  {
    name: 'tail',
    does: 'messages as they come',
    load: async () => (await import('./tail.ts')).tail,
  },
  {
    name: 'doctor',
    does: 'whether a source and a sink can be used, and how to mend them',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'demo',
    does: 'all of it on this machine, with servers of its own',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'verify',
    does: 'compares a sink with its source (a later version)',
    load: async () => () =>
      Promise.reject(new CdcError('CDC_NOT_SUPPORTED', 'galaxy verify comes with a later version')),
  },
];

const HELP = `galaxy: MySQL change data capture

usage: galaxy <command> [options]

${COMMANDS.map((command) => `  ${command.name.padEnd(8)} ${command.does}`).join('\n')}

  galaxy <command> --help   the options of a command
  galaxy --version          the version

Data goes to stdout, everything else to stderr. Exit code 0: done, 1: failed, 2: wrong usage.
`;

/** Finds and runs a command; every error ends in one line on stderr and an exit code. */
export async function dispatch(argv: readonly string[], version: string, io: CliIo): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? io.stderr : io.stdout).write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    io.stdout.write(`${version}\n`);
    return 0;
  }
  const command = COMMANDS.find((entry) => entry.name === name);
  if (command === undefined) {
    io.stderr.write(`galaxy: there is no command '${name}'. See galaxy --help.\n`);
    return 2;
  }
  try {
    const run = await command.load();
    return await run(args, io);
  } catch (error) {
    if (isUsageError(error)) {
      io.stderr.write(`galaxy ${name}: ${error.message} See galaxy ${name} --help.\n`);
      return 2;
    }
    io.stderr.write(`${toCdcError(error).toLine()}\n`);
    return 1;
  }
}

/** Ours, and what `parseArgs` of node:util throws for an option that a command does not have. */
function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_PARSE_ARGS')
  );
}
