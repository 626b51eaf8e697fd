import { CdcError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { formatPosition } from '../core/position.ts';
import type { TaskSpec } from '../core/task-spec.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { RunReport } from './run-report.ts';
import type { ResumePoint } from './source/resume-point.ts';
import type { SourceConnection } from './source/source.ts';
import type { StreamListener } from './stream-options.ts';

export interface RunListenerOptions {
  readonly report: RunReport;
  readonly checkpointer: Checkpointer;
  readonly log: Log;
  readonly onStatement: NonNullable<TaskSpec['on_statement']>;
  /** The server that was read last, by the run before this one; null: none was. */
  readonly serverUuid: string | null;
  readonly draining: () => boolean;
}

/** Makes of what the stream tells what the task's history, its status and the log say. */
export function runListener(options: RunListenerOptions): StreamListener {
  const { report, checkpointer, log } = options;
  const noteServer = serverNotes(options);
  return {
    connected: (connection) => {
      const { identity, start, schema, address } = connection;
      report.phase = options.draining() ? 'draining' : 'streaming';
      report.error = null;
      const { serverUuid } = identity;
      log.info('connected', { file: start.file, position: start.position, serverUuid, address });
      noteServer(connection);
      checkpointer.connected(identity, start, () => schema.history());
    },
    progress: (boundary, rows) => checkpointer.progress(boundary, rows),
    retrying: (error, attempt) => {
      report.retrying(error);
      const { code, message } = error;
      log.warn('retrying', { code, message, attempt });
      if (attempt === 1) void report.note({ kind: 'warning', message: `${code}: ${message}; trying again` });
    },
    filterApplied: (version, at) => {
      log.info('filter_applied', { version, file: at.file, position: at.position });
      void report.note({
        kind: 'filter_applied',
        message: `filter ${version} applies from ${formatPosition(at)}`,
        details: { version, file: at.file, position: at.position },
      });
    },
    warning: (message) => {
      log.warn('stream_warning', { message });
      report.noteRarely(message, { kind: 'warning', message });
    },
    statementWrite: (statement, at) => {
      const tables = 'tables' in statement ? statement.tables : [];
      const names = tables.map(({ database, table }) => `${database}.${table}`).join(', ');
      const what = `a write in statement format${names === '' ? '' : ` to ${names}`} before ${formatPosition(at)} carries no rows`;
      report.counts.statementWrites += 1;
      if (options.onStatement === 'fail') throw new CdcError('CDC_STATEMENT_EVENT', what);
      const { file, position } = at;
      log.warn('statement_write', { code: 'CDC_STATEMENT_EVENT', file, position });
      const message = `CDC_STATEMENT_EVENT: ${what}; it is not delivered`;
      report.noteRarely('statement', {
        kind: 'warning',
        message,
        details: { file, position, tables: names },
      });
    },
  };
}

/** A stream that goes on at another server says so. */
function serverNotes({
  report,
  log,
  serverUuid,
}: RunListenerOptions): (connection: SourceConnection) => void {
  let before = serverUuid;
  const gtidsOf = (start: ResumePoint): string => start.gtids?.toString() ?? '';
  return ({ identity, address, lost, start }) => {
    const from = before;
    before = identity.serverUuid;
    if (from === null || from === before) return;
    const message = `goes on at ${address}, server ${before}, by GTID set; before it was ${from}`;
    const details = { from, to: before, address, gtidSet: gtidsOf(start) };
    void report.note({ kind: 'server_changed', message, details });
    if (lost === '') return;
    const loss = `${address} lacks transactions that were read from ${from} and delivered: ${lost}`;
    log.warn('transactions_lost', { message: loss });
    void report.note({ kind: 'warning', message: loss, details: { lost } });
  };
}
