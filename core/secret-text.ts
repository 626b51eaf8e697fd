import { CdcError } from './errors.ts';
import type { SecretRef } from './secret-store.ts';

/** What a secret says of a login; `user` null where it names none. */
export interface SecretLoginText {
  readonly user: string | null;
  readonly password: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a text that is a JSON object; null for any other text. */
function fieldsOf(text: string): Fields | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function textOf(fields: Fields | null, key: string, { secret }: SecretRef): string {
  const value = fields !== null && Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (typeof value === 'string') return value;
  // without a word of its text
  throw new CdcError('CDC_SECRET_MISSING', `the secret "${secret}" is no JSON object with a text "${key}"`, {
    hint: `Put the field "${key}" into the secret, or name another one by key.`,
  });
}

/** The whole text, or the field that `key` names. CDC_SECRET_MISSING where there is none. */
export function fieldOfSecret(text: string, ref: SecretRef): string {
  return ref.key === undefined ? text : textOf(fieldsOf(text), ref.key, ref);
}

/** A password as plain text, or as RDS and MSK keep it: JSON with `username` and `password`. CDC_SECRET_MISSING. */
export function loginOfSecret(text: string, ref: SecretRef): SecretLoginText {
  const fields = fieldsOf(text);
  const isLogin = typeof fields?.password === 'string' || ref.key !== undefined;
  if (fields === null || !isLogin) return { user: null, password: fieldOfSecret(text, ref) };
  const user = typeof fields.username === 'string' && fields.username !== '' ? fields.username : null;
  return { user, password: textOf(fields, ref.key ?? 'password', ref) };
}
