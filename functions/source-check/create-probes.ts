import { checkKafka } from '../../core/kafka/check.ts';
import { kafkaSettings } from '../../core/kafka/settings.ts';
import { takeStartOf } from '../../core/mysql/start-position.ts';
import { mysqlTargets } from '../../core/mysql/target.ts';
import type { ServerAccess } from '../../core/server-access.ts';
import { checkMysql } from './mysql.ts';
import type { SinkProbe, SourceProbe } from './probes.ts';

/** Shown in the brokers' logs and quotas. */
const CLIENT_ID = 'galaxy-check';

/** The probes of real servers. */
export function createProbes(access: ServerAccess = {}): {
  readonly source: SourceProbe;
  readonly sink: SinkProbe;
} {
  return {
    source: {
      check: async (config, filter, signal) => checkMysql(mysqlTargets(config, access), filter, signal),
      takeStart: async (config, wanted, signal) =>
        takeStartOf(mysqlTargets(config, access), wanted, { signal }),
    },
    sink: {
      check: async (config, signal) => checkKafka(kafkaSettings(config, CLIENT_ID, access), signal),
    },
  };
}
