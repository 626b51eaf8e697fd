import { startTestServers } from './start-test-servers.ts';

/** Starts the real servers, unless the caller has started some for several test runs. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.GALAXY_TEST_SERVERS !== undefined) return undefined;
  const servers = await startTestServers({
    env: process.env,
    log: (line) => process.stderr.write(`  servers: ${line}\n`),
  });
  process.env.GALAXY_TEST_SERVERS = JSON.stringify(servers.addresses);
  return () => {
    delete process.env.GALAXY_TEST_SERVERS;
    return servers.stop();
  };
}
