/**
 * The servers of the demo and the tests, behind one interface: the user's own, by environment variables; else
 * Docker's, by compose.yaml, where an engine answers and has or can get the images; else native ones, kept in a
 * cache folder. GALAXY_SERVERS=compose or native decides by hand.
 */
import type { ServerAddresses } from './addresses.ts';
import { canCompose, startCompose } from './compose/compose-provider.ts';
import { startNative } from './native/native-provider.ts';
import { isEmpty, ownServers } from './own-servers.ts';
import { type RunningServers, type ServerRequest, ServersError, type StartOptions } from './provider.ts';

export async function startServers(request: ServerRequest, options: StartOptions): Promise<RunningServers> {
  const { addresses, rest } = ownServers(request, options.env);
  if (isEmpty(rest)) return onlyOwn(addresses);
  const started = await startRest(rest, options);
  return {
    ...started,
    addresses: {
      mysql: { ...started.addresses.mysql, ...addresses.mysql },
      kafka: addresses.kafka ?? started.addresses.kafka,
      dynamodb: addresses.dynamodb ?? started.addresses.dynamodb,
    },
  };
}

async function startRest(request: ServerRequest, options: StartOptions): Promise<RunningServers> {
  switch (options.env.GALAXY_SERVERS) {
    case 'compose':
      return await startCompose(request, options);
    case 'native':
      return await startNative(request, options);
    case undefined:
    case '':
      return (await canCompose(request, options))
        ? await startCompose(request, options)
        : await startNative(request, options);
    default:
      throw new ServersError('GALAXY_SERVERS must be compose or native');
  }
}

function onlyOwn(addresses: ServerAddresses): RunningServers {
  const refuse = (): Promise<never> =>
    Promise.reject(new ServersError('A server of your own can be stopped and started by you only'));
  return { addresses, stop: () => Promise.resolve(), restart: refuse, kill: refuse, start: refuse };
}
