/** Parsing by a schema with every problem told at once, in words and with the path that the sender wrote. */
import { z } from 'zod';
import { CdcError, type FieldProblem } from './errors.ts';
import { nearestName } from './nearest-name.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** `kafka_conf.brokers[0]`; the empty path is the body itself. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text === '' ? 'body' : text;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = Reflect.get(at, part);
  }
  return at;
}

/** The field names that the schema has at this path, for suggestions. */
function fieldsAt(schema: unknown, path: Path): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return fieldsAt(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option: unknown) => fieldsAt(option, path));
  }
  const [part, ...rest] = path;
  if (schema instanceof z.ZodArray) return typeof part === 'number' ? fieldsAt(schema.element, rest) : [];
  if (!(schema instanceof z.ZodObject)) return [];
  if (part === undefined) return Object.keys(schema.shape);
  return fieldsAt(Reflect.get(schema.shape, part), rest);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const list = (values: readonly unknown[]): string => values.map((value) => `"${String(value)}"`).join(', ');

function sizeWords(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const least = issue.code === 'too_small';
  const bound = least ? issue.minimum : issue.maximum;
  const word = least ? 'at least' : 'at most';
  if (issue.origin === 'string') {
    return least && bound === 1 ? 'must not be empty' : `must have ${word} ${bound} characters`;
  }
  if (issue.origin === 'array') {
    return least && bound === 1 ? 'must not be empty' : `must have ${word} ${bound} entries`;
  }
  return `must be ${word} ${bound}`;
}

interface Scope {
  readonly schema: z.ZodType;
  readonly value: unknown;
}

/** Of a union's branches the one that takes this kind of value; its problems are the ones to tell. */
function unionProblems(scope: Scope, issue: z.core.$ZodIssueInvalidUnion, base: Path): FieldProblem[] {
  const path = [...base, ...issue.path];
  if (valueAt(scope.value, path) === undefined) return [{ path: formatPath(path), problem: 'is required' }];
  const fitting = issue.errors.find(
    (branch) => !branch.some((item) => item.code === 'invalid_type' && item.path.length === 0),
  );
  if (fitting !== undefined) return fitting.flatMap((item) => problemsOf(scope, item, path));
  const kinds = issue.errors
    .flat()
    .map((item) => (item.code === 'invalid_type' ? (TYPE_WORDS[item.expected] ?? item.expected) : ''))
    .filter((word) => word !== '');
  return [{ path: formatPath(path), problem: `must be ${[...new Set(kinds)].join(' or ')}` }];
}

function problemsOf(scope: Scope, issue: Issue, base: Path = []): FieldProblem[] {
  const path = [...base, ...issue.path];
  const at = formatPath(path);
  switch (issue.code) {
    case 'invalid_type': {
      if (path.length > 0 && valueAt(scope.value, path) === undefined) {
        return [{ path: at, problem: 'is required' }];
      }
      return [{ path: at, problem: `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}` }];
    }
    case 'unrecognized_keys': {
      const known = fieldsAt(scope.schema, path);
      return issue.keys.map((key) => {
        const near = nearestName(key, known);
        const hint = near === null ? '' : `; did you mean "${near}"?`;
        return { path: formatPath([...path, key]), problem: `is not a known field${hint}` };
      });
    }
    case 'invalid_union':
      return unionProblems(scope, issue, base);
    case 'invalid_value':
      return valueAt(scope.value, path) === undefined
        ? [{ path: at, problem: 'is required' }]
        : [{ path: at, problem: `must be ${issue.values.length > 1 ? 'one of ' : ''}${list(issue.values)}` }];
    case 'too_big':
    case 'too_small':
      return [{ path: at, problem: sizeWords(issue) }];
    default:
      return [{ path: at, problem: issue.message }];
  }
}

/** All problems of `value` under `schema`; or the parsed value. Unknown fields come with the nearest known name. */
export function tryParse<S extends z.ZodType>(
  schema: S,
  value: unknown,
):
  | { readonly ok: true; readonly value: z.output<S> }
  | { readonly ok: false; readonly problems: FieldProblem[] } {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const scope = { schema, value };
  return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(scope, issue)) };
}

/** CDC_INVALID_REQUEST with every problem; the message counts and names the first, for those who read only it. */
export function invalidRequest(problems: readonly FieldProblem[]): CdcError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = first === undefined ? 'the request is not valid' : `${first.path} ${first.problem}${more}`;
  return new CdcError('CDC_INVALID_REQUEST', message, { details: problems });
}

/** Parses or throws CDC_INVALID_REQUEST. */
export function strictParse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = tryParse(schema, value);
  if (!result.ok) throw invalidRequest(result.problems);
  return result.value;
}
