/** A stored secret by name; what a task item holds instead of the text. */
export interface SecretRef {
  readonly secret: string;
  /** A field of a secret in JSON. */
  readonly key?: string | undefined;
}

/** Port: keeps passwords outside the task items. Values never appear in errors or logs. */
export interface SecretStore {
  /** Stores under a name of the store's own choosing that belongs to the task. */
  put(taskId: string, field: string, value: string): Promise<SecretRef>;
  /** The whole text, whatever `key` says. CDC_SECRET_MISSING where it is gone. */
  get(ref: SecretRef): Promise<string>;
  /** Whether `put` made it, for whichever task: then nobody else changes it, and no user may name it. */
  isOwn(ref: SecretRef): boolean;
  /** Forgets all that `put` stored for this task; references given by the user are left alone. */
  deleteAll(taskId: string): Promise<void>;
}
