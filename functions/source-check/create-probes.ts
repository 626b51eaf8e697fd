import { takeStart } from '../../core/mysql/start-position.ts';
import { mysqlTarget } from '../../core/mysql/target.ts';
import type { SinkProbe, SourceProbe } from './probes.ts';

/** The probes of real servers. */
export function createProbes(): { readonly source: SourceProbe; readonly sink: SinkProbe } {
  return {
    source: {
      check: async () => [],
      takeStart: (config, wanted, signal) => takeStart(mysqlTarget(config), wanted, { signal }),
    },
    sink: { check: async () => [] },
  };
}
