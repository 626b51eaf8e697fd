import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../infra/local/native/cache.ts';

/** Changes the SCRAM password of a user, by Kafka's own command. */
export async function changeScramPassword(broker: string, user: string, password: string): Promise<void> {
  const jars = join(cacheFolder(process.env), 'kafka-4.3.0', '*');
  const change = ['--alter', '--entity-type', 'users', '--entity-name', user];
  const args = [
    '-Xmx128m',
    '-cp',
    jars,
    'kafka.admin.ConfigCommand',
    '--bootstrap-server',
    broker,
    ...change,
  ];
  await promisify(execFile)('java', [...args, '--add-config', `SCRAM-SHA-512=[password=${password}]`]);
}
