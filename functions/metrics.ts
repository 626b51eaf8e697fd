/** GET /metrics in Prometheus' text format. Ids and numbers only: no host, no name of a table, no secret. */
import { ERROR_CODES } from '../core/errors.ts';
import type { TaskState } from '../core/task.ts';
import type { ServiceDeps } from './deps.ts';
import { listTasks } from './tasks/queries.ts';

const STATES: readonly TaskState[] = ['pending', 'starting', 'running', 'stopping', 'stopped', 'failed'];

const UNDELIVERED = ['statement_writes', 'dead_letters', 'skipped_events', 'truncated'] as const;

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

export async function metricsText(deps: Pick<ServiceDeps, 'stores' | 'clock'>): Promise<string> {
  const byState = new Map<TaskState, number>(STATES.map((state) => [state, 0]));
  const lag: Sample[] = [];
  const rows: Sample[] = [];
  const launches: Sample[] = [];
  const errors: Sample[] = [];
  const purge: Sample[] = [];
  const undelivered: Sample[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTasks(deps, { limit: 1000, cursor });
    for (const [taskId, task] of Object.entries(page.task)) {
      const labels = { task_id: taskId };
      byState.set(task.state, (byState.get(task.state) ?? 0) + 1);
      rows.push({ labels, value: task.rows });
      launches.push({ labels, value: task.restarts });
      if (task.hours_until_purge !== null) purge.push({ labels, value: task.hours_until_purge });
      for (const kind of UNDELIVERED) undelivered.push({ labels: { ...labels, kind }, value: task[kind] });
      if (task.lag_ms !== null) lag.push({ labels, value: task.lag_ms / 1000 });
      if (task.error !== null && Object.hasOwn(ERROR_CODES, task.error.code)) {
        errors.push({ labels: { ...labels, code: task.error.code }, value: 1 });
      }
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  const states = [...byState].map(([state, value]): Sample => ({ labels: { state }, value }));
  return [
    family('galaxy_tasks', 'gauge', 'Tasks by state.', states),
    family('galaxy_task_lag_seconds', 'gauge', 'How far a running stream is behind its source.', lag),
    family('galaxy_task_rows_total', 'counter', 'Rows acknowledged by the sink.', rows),
    family(
      'galaxy_task_restarts_total',
      'counter',
      'Launches after the first since the last start or resume.',
      launches,
    ),
    family(
      'galaxy_task_hours_until_purge',
      'gauge',
      'Until the source deletes the file that the checkpoint stands in; absent where that is not in sight.',
      purge,
    ),
    family(
      'galaxy_task_undelivered_total',
      'counter',
      'What could not be delivered as it is, by kind, since the run began.',
      undelivered,
    ),
    family('galaxy_task_error', 'gauge', '1 while a task waits out an error or has failed with it.', errors),
  ].join('');
}
