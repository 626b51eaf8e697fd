import type { Log } from '../../core/log.ts';

/**
 * Takes the lines of runners. A runner logs lines of JSON that name its task already: those go through as they
 * are; anything else (what Node itself says of a crash) becomes the message of such a line.
 */
export function runnerOutput(
  write: (line: string) => void,
  log: Log,
): (taskId: string, line: string) => void {
  return (taskId, line) => {
    if (line.startsWith('{') && line.endsWith('}')) write(`${line}\n`);
    else if (line.trim() !== '') log.warn('runner_output', { taskId, line });
  };
}

/** What a runner needs of this process's environment: the system's, AWS's and its own settings; never our tokens. */
export function runnerEnv(
  env: Readonly<Record<string, string | undefined>>,
  store: Readonly<Record<string, string>>,
): Record<string, string> {
  const passed =
    /^(PATH|HOME|TMPDIR|LANG|LC_.*|TZ|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|AWS_.*|GALAXY_.*)$/;
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && passed.test(name) && !name.startsWith('GALAXY_TOKEN')) kept[name] = value;
  }
  return { ...kept, ...store };
}
