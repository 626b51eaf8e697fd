import { expect, test } from 'vitest';
import { runnerEnv, runnerOutput } from '../../../../cli/up/runner-output.ts';
import { createLog } from '../../../../core/log.ts';

test('log lines go through, and anything else is put into one', () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const take = runnerOutput(
    write,
    createLog(write, () => 0),
  );
  take('t', '{"event":"x","taskId":"t"}');
  take('t', 'Error: out of memory');
  take('t', '  ');
  expect(lines[0]).toBe('{"event":"x","taskId":"t"}\n');
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    event: 'runner_output',
    taskId: 't',
    line: 'Error: out of memory',
  });
  expect(lines).toHaveLength(2);
});

test('a runner gets what it needs of the environment, and no token of ours', () => {
  const env = {
    PATH: '/bin',
    AWS_REGION: 'eu-central-1',
    AWS_SESSION_TOKEN: 's',
    GALAXY_LEASE_TTL_MS: '5000',
    GALAXY_TOKEN: 'x',
    GALAXY_TOKEN_FILE: '/x',
    EDITOR: 'vi',
    GALAXY_STORE: 'dynamodb',
  };
  expect(runnerEnv(env, { GALAXY_STORE: 'sqlite' })).toEqual({
    PATH: '/bin',
    AWS_REGION: 'eu-central-1',
    AWS_SESSION_TOKEN: 's',
    GALAXY_LEASE_TTL_MS: '5000',
    GALAXY_STORE: 'sqlite',
  });
});
