export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: an event name and fields, never sentences with values in them. One JSON line each. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with these fields on every line. */
  with(fields: LogFields): Log;
}

const SECRET_FIELD = /pass(word|wd)?$|secret|token$|authorization|api_key|private_key/i;

/**
 * Replaces the values of fields that are named like a secret, at any depth, and the credentials inside URLs.
 * The last line of defence: callers do not log secrets in the first place.
 */
export function redact(value: unknown, key = ''): unknown {
  if (SECRET_FIELD.test(key) && key !== 'fencingToken' && value !== undefined && value !== null) return '***';
  if (typeof value === 'string')
    return value.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]*@/gi, '$1:***@');
  if (Array.isArray(value)) return value.map((item) => redact(item, key));
  if (value instanceof Error) {
    return {
      name: value.name,
      message: redact(value.message),
      ...('code' in value ? { code: value.code } : {}),
    };
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redact(item, name)]));
  }
  return value;
}

/** A log that gives each line to `write` (process.stderr in the entries, an array in tests). */
export function createLog(write: (line: string) => void, now: () => number, base: LogFields = {}): Log {
  const emit = (level: string, event: string, fields: LogFields = {}): void => {
    const line = { time: new Date(now()).toISOString(), level, event, ...base, ...fields };
    write(
      `${JSON.stringify(redact(line), (_key, item: unknown) => (typeof item === 'bigint' ? `${item}` : item))}\n`,
    );
  };
  return {
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, fields) => emit('error', event, fields),
    with: (fields) => createLog(write, now, { ...base, ...fields }),
  };
}

export const silentLog: Log = { info() {}, warn() {}, error() {}, with: () => silentLog };
