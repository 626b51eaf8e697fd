import type { CliIo, Command } from './io.ts';
import { ApiError } from './task/client.ts';
import * as commands from './task/commands.ts';

const HELP = `usage: galaxy task <command> [options]

  list [--state STATE]         all tasks
  show ID                      one task
  history ID [--limit N]       what happened to it, newest first
  create --file BODY.json      create and start; - reads stdin. Or by options:
         --id ID --source mysql://user:password@host:port[?tls=true|verify] --brokers A,B
         [--database A,B] [--tables A,B] [--exclude A,B] [--topic T] [--start-time UNIX_SECONDS]
         [--kafka-user U --kafka-password P --mechanism M] [--check runner]
         [--wait]              wait for an id that is being deleted
  check  (as create)           the checks alone; exit code 1 if one fails
  stop ID                      drain and stop
  resume ID [--latest]         go on from the checkpoint; --latest drops what lies between
  update ID [--database A,B] [--tables A,B] [--exclude A,B]   replace what is captured; left out is all (none)
  rewind ID --position FILE:POS | --gtid SET | --start-time UNIX_SECONDS   of a stopped task
  skip ID --reason TEXT [--event EVENT_ID]   leave one event out; by default the one that the task failed at
  move ID --source mysql://…   goes on at another address of the same topology
  delete ID                    stop and forget; what is in the sink stays
  token [admin|reader]         a new token, and its line for galaxy up --token-file

  --api URL      default http://127.0.0.1:8689, or GALAXY_API
  --token TOKEN  or GALAXY_TOKEN
  --json         the data of the answer as one line of JSON
`;

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['list', commands.list],
  ['show', commands.showTask],
  ['history', commands.history],
  ['create', commands.create],
  ['check', commands.check],
  ['stop', commands.stop],
  ['resume', commands.resume],
  ['update', commands.update],
  ['rewind', commands.rewind],
  ['skip', commands.skip],
  ['move', commands.move],
  ['delete', commands.remove],
  ['token', commands.token],
]);

function showError(io: CliIo, error: ApiError): void {
  io.stderr.write(`${error.code === '' ? '' : `${error.code}: `}${error.message}\n`);
  for (const { path, problem } of error.details) io.stderr.write(`  ${path}: ${problem}\n`);
  if (error.hint !== '') io.stderr.write(`${error.hint}\n`);
  if (error.code === 'CDC_INTERNAL') io.stderr.write(`request id ${error.requestId}\n`);
}

/** `galaxy task`: the HTTP API from a terminal. */
export async function task(args: string[], io: CliIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || args.includes('--help') || args.includes('-h')) {
    (name === undefined ? io.stderr : io.stdout).write(HELP);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    io.stderr.write(`galaxy task: there is no command '${name}'. See galaxy task --help.\n`);
    return 2;
  }
  try {
    return await command(rest, io);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showError(io, error);
    return 1;
  }
}
