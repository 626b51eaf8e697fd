/**
 * The one error class and the catalogue of codes. A code is a promise to operators: it never changes its
 * meaning. `retryable` says whether waiting alone can help (the runner and the reconciler then try again);
 * otherwise a person has to do what `hint` says.
 */
interface CodeEntry {
  /** HTTP status when the API answers with it. */
  readonly status: number;
  readonly retryable: boolean;
  /** What to do; a throw site may give a better one. */
  readonly hint: string;
}

const entry = (status: number, retryable: boolean, hint: string): CodeEntry => ({ status, retryable, hint });

export const ERROR_CODES = {
  // --- requests
  /** A field of the request is missing, of the wrong type, out of range or unknown; `details` lists all. */
  CDC_INVALID_REQUEST: entry(400, false, 'Correct the fields named in details.'),
  CDC_BODY_REQUIRED: entry(400, false, 'Send a JSON body.'),
  CDC_BODY_NOT_JSON: entry(400, false, 'Send one valid JSON object; comments are not accepted.'),
  CDC_BODY_TOO_LARGE: entry(413, false, 'Send at most 1 MiB.'),
  CDC_UNSUPPORTED_MEDIA_TYPE: entry(415, false, 'Send the header Content-Type: application/json.'),
  CDC_UNAUTHORIZED: entry(401, false, 'Send the header Authorization: Bearer <token>.'),
  CDC_FORBIDDEN: entry(403, false, 'Use a token with the admin role.'),
  CDC_ROUTE_NOT_FOUND: entry(404, false, 'See GET /docs for the routes.'),
  CDC_METHOD_NOT_ALLOWED: entry(405, false, 'See GET /docs for the routes.'),
  CDC_TASK_NOT_FOUND: entry(404, false, 'See GET /v1/task for the tasks that exist.'),
  CDC_TASK_EXISTS: entry(409, false, 'Choose another task_id, or delete the task first.'),
  /** The id is being deleted and its runner has not let go yet. */
  CDC_TASK_DELETING: entry(409, true, 'Try again in a few seconds, or post with ?wait=true.'),
  CDC_TASK_CONFLICT: entry(409, false, 'Bring the task into the state that the request needs first.'),
  /** Two writers changed the same item; the loser reads again and retries. */
  CDC_VERSION_CONFLICT: entry(409, true, 'Read the task again and repeat the request.'),
  CDC_RATE_LIMITED: entry(429, true, 'Wait as long as Retry-After says.'),
  CDC_HOST_NOT_ALLOWED: entry(422, false, 'Use a host inside the networks that this installation allows.'),
  /** A sink, format or option that a later version brings. */
  CDC_NOT_SUPPORTED: entry(422, false, 'Use what this version supports.'),
  // --- the source
  CDC_SOURCE_UNREACHABLE: entry(
    422,
    true,
    'Check mysql_config.host and port, and that a firewall lets Galaxy in.',
  ),
  CDC_SOURCE_ACCESS_DENIED: entry(
    422,
    false,
    'Check mysql_config.user and password, and the host the account is for.',
  ),
  CDC_SOURCE_TLS: entry(422, false, 'Check mysql_config.tls against what the server offers.'),
  CDC_SOURCE_GRANTS_MISSING: entry(
    422,
    false,
    'GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO the user.',
  ),
  CDC_SOURCE_DATABASE_MISSING: entry(422, false, 'Check the name, or create the database first.'),
  CDC_SOURCE_VERSION: entry(422, false, 'Use MySQL 5.7 or newer, or MariaDB 10.5 or newer.'),
  CDC_BINLOG_OFF: entry(422, false, 'Start the server with log_bin.'),
  CDC_BINLOG_FORMAT: entry(422, false, 'SET GLOBAL binlog_format = ROW; then reconnect the writers.'),
  /** The resume point lies in binlog files that the server has deleted. */
  CDC_BINLOG_PURGED: entry(
    422,
    false,
    'What is gone can not be read: resume with recovery_v2 (goes on at the latest position), or stop the task and ' +
      'rewind_task to the oldest position that is left; then copy the missing rows. Keep binlog files for longer.',
  ),
  CDC_START_TIME_PURGED: entry(422, false, 'Choose a start_time that the oldest binlog file still holds.'),
  /** The position or GTID set is not one that this server has. */
  CDC_POSITION_INVALID: entry(422, false, 'Choose a position that SHOW BINARY LOGS lists.'),
  CDC_SERVER_CHANGED: entry(422, false, 'Point the task at its old server, or resume with recovery_v2.'),
  /** A replica that has not applied yet what was read from another server. */
  CDC_SOURCE_BEHIND: entry(503, true, 'Galaxy waits until the replica has caught up; check its replication.'),
  CDC_SERVER_ID_TAKEN: entry(
    409,
    true,
    'Another replica uses this server id; stop it or let Galaxy choose another.',
  ),
  CDC_SOURCE_DISCONNECTED: entry(503, true, 'Galaxy reconnects by itself.'),
  CDC_SOURCE_ERROR: entry(422, true, 'See the message of the server.'),
  // --- the stream
  /** Bytes that do not follow the format. */
  CDC_BINLOG_CORRUPT: entry(422, false, 'Compare the file with mysqlbinlog --verify-binlog-checksum.'),
  CDC_BINLOG_CHECKSUM: entry(422, true, 'A repeat reads the event again; if it stays, the file is damaged.'),
  CDC_EVENT_UNKNOWN: entry(422, false, 'Report the event type; resume with recovery_v2 to skip it.'),
  CDC_EVENT_ENCRYPTED: entry(422, false, 'Read from the server, not from its encrypted file.'),
  CDC_INCIDENT: entry(422, false, 'The source lost events; compare the data, then resume with recovery_v2.'),
  CDC_TABLE_MAP_MISSING: entry(
    422,
    false,
    'The position is inside a transaction; start at a commit boundary.',
  ),
  CDC_STATEMENT_EVENT: entry(422, false, 'SET GLOBAL binlog_format = ROW; statement writes carry no rows.'),
  CDC_COLUMN_TYPE_UNKNOWN: entry(422, false, 'Exclude the table, and report the column type.'),
  CDC_CHARSET_UNKNOWN: entry(422, false, 'Convert the column to utf8mb4, and report the character set.'),
  /** The table of an event can't be known: its schema at that moment is not to be had. */
  CDC_SCHEMA_UNKNOWN: entry(
    422,
    false,
    'SET GLOBAL binlog_row_metadata = FULL, then resume with recovery_v2.',
  ),
  CDC_SCHEMA_MISMATCH: entry(
    422,
    false,
    'SET GLOBAL binlog_row_metadata = FULL, then resume with recovery_v2.',
  ),
  /** An update came as JSON diffs, without the document that they change. */
  CDC_JSON_DIFF_ALONE: entry(
    422,
    false,
    "SET GLOBAL binlog_row_image = FULL, or binlog_row_value_options = '', then resume with recovery_v2.",
  ),
  /** A row that our own code can't read or write; most likely a defect of Galaxy. */
  CDC_ROW_ERROR: entry(422, false, 'Report it with the event; on_error decides whether the stream goes on.'),
  CDC_ROW_TOO_LARGE: entry(422, false, 'Exclude the table or raise the limit.'),
  // --- the sink
  CDC_SINK_UNREACHABLE: entry(422, true, 'Check the brokers, and that a firewall lets Galaxy in.'),
  /** The certificate of a broker is not one to trust, or there is no TLS where it was wanted. */
  CDC_SINK_TLS: entry(422, true, 'Check kafka_conf.tls against what the brokers offer.'),
  CDC_SINK_ACCESS_DENIED: entry(422, false, 'Check the user, password and mechanism of the sink.'),
  CDC_SINK_TOPIC: entry(422, false, 'Create the topic, or allow the user to create it.'),
  CDC_SINK_MESSAGE_TOO_LARGE: entry(
    422,
    false,
    'Raise max.message.bytes of the topic, or exclude the table.',
  ),
  /** The sink takes others, but not this one. */
  CDC_SINK_MESSAGE_REFUSED: entry(
    422,
    false,
    'See the message of the sink; on_error decides whether the stream goes on.',
  ),
  CDC_SINK_ERROR: entry(422, true, 'See the message of the sink.'),
  // --- running
  CDC_LEASE_LOST: entry(409, true, 'Another runner has taken the task over; nothing to do.'),
  CDC_LAUNCH_FAILED: entry(503, true, 'Galaxy tries again by itself; see the message.'),
  /** The platform takes only so many launches at a time; none was started. */
  CDC_LAUNCH_LIMITED: entry(503, true, 'Galaxy tries again by itself; ask for a higher quota if it stays.'),
  /** The platform did not answer: the runner may have been started. The same launch is asked for again. */
  CDC_LAUNCH_UNKNOWN: entry(503, true, 'Galaxy asks again by itself.'),
  CDC_RUNNER_DIED: entry(503, true, 'Galaxy starts it again by itself.'),
  CDC_STORE_UNAVAILABLE: entry(503, true, 'The store does not answer; Galaxy tries again by itself.'),
  /** The store can't hold an item this large. */
  CDC_ITEM_TOO_LARGE: entry(413, false, 'Name fewer databases and tables, with patterns where they fit.'),
  CDC_SECRET_MISSING: entry(422, false, 'Post the task anew, or put the secret back.'),
  /** A token of AWS was to be made, and there is no role, profile or key to make it with. */
  CDC_AWS_CREDENTIALS: entry(
    503,
    true,
    'Give the process a role or credentials of AWS, and the right to connect.',
  ),
  CDC_CONFIG: entry(500, false, 'Correct the settings that the message names.'),
  CDC_INTERNAL: entry(500, true, 'This is a defect of Galaxy; report it with the request_id.'),
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A problem of one field: its path in the request (`mysql_config.port`) and what is wrong with it. */
export interface FieldProblem {
  readonly path: string;
  readonly problem: string;
}

/** Which event of the stream an error came from; enough to skip it and to find it in the log. */
export interface EventPlace {
  /** As in messages; see EventSkip. */
  readonly id: string;
  readonly file: string;
  /** The event's end in the file. */
  readonly position: number;
  readonly gtid: string | null;
}

export interface CdcErrorOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly details?: readonly FieldProblem[];
  /** Overrides the catalogue where the throw site knows better. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly event?: EventPlace;
}

/** Every error that Galaxy raises on purpose. The message names what happened on what; it never holds a secret. */
export class CdcError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string;
  readonly details: readonly FieldProblem[];
  readonly retryAfterMs: number | undefined;
  readonly event: EventPlace | undefined;

  constructor(code: ErrorCode, message: string, options: CdcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CdcError';
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.hint = options.hint ?? ERROR_CODES[code].hint;
    this.details = options.details ?? [];
    this.retryAfterMs = options.retryAfterMs;
    this.event = options.event;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  /** One line for a terminal: code, what happened, how to mend it. */
  toLine(): string {
    const fields = this.details.map((detail) => `${detail.path}: ${detail.problem}`).join('; ');
    return `${this.code}: ${this.message}${fields === '' ? '' : ` (${fields})`}. ${this.hint}`;
  }
}

/** Any thrown value as a CdcError; what is not ours becomes CDC_INTERNAL with the original as cause. */
export function toCdcError(error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CdcError('CDC_INTERNAL', message, { cause: error });
}
