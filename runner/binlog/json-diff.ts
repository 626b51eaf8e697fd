/**
 * JSON diffs of PARTIAL_UPDATE_ROWS (binlog_row_value_options=PARTIAL_JSON): what an update changed inside a
 * document (sql-common/json_diff.cc, Json_diff::write_binary):
 *
 *   4  length of all diffs
 *   1  operation: 0 replace, 1 insert, 2 remove      }
 *   n  length of the path, length-encoded; the path  } each diff
 *   m  length of the value, length-encoded; the      }
 *      value as a binary JSON document (not: remove) }
 */

import { type Cursor, take, viewSized } from './columns/cursor.ts';
import { corruptJson } from './columns/json-layout.ts';
import { type PathLeg, parseJsonPath } from './json-path.ts';
import { type JsonNode, jsonTree, jsonTreeText } from './json-tree.ts';

const OPERATIONS = ['replace', 'insert', 'remove'] as const;

interface JsonDiff {
  readonly operation: (typeof OPERATIONS)[number];
  readonly path: string;
  /** null: remove. */
  readonly value: JsonNode | null;
}

/** The length of a length-encoded integer that stands in the cursor: 1, 3, 4 or 9 bytes. */
export function takePacked(cursor: Cursor): number {
  const first = cursor.bytes.readUInt8(take(cursor, 1));
  if (first < 251) return first;
  if (first === 252) return cursor.bytes.readUInt16LE(take(cursor, 2));
  if (first === 253) return cursor.bytes.readUIntLE(take(cursor, 3), 3);
  if (first === 254) return Number(cursor.bytes.readBigUInt64LE(take(cursor, 8)));
  throw corruptJson(`${first} does not begin a length`);
}

function takeView(cursor: Cursor): Buffer {
  const length = takePacked(cursor);
  const start = take(cursor, length);
  return cursor.bytes.subarray(start, cursor.at);
}

function readDiffs(cursor: Cursor): JsonDiff[] {
  const diffs: JsonDiff[] = [];
  while (cursor.at < cursor.end) {
    const code = cursor.bytes.readUInt8(take(cursor, 1));
    const operation = OPERATIONS[code];
    if (operation === undefined) throw corruptJson(`diff operation ${code} is not known`);
    const path = takeView(cursor).toString('utf8');
    diffs.push({ operation, path, value: operation === 'remove' ? null : jsonTree(takeView(cursor)) });
  }
  return diffs;
}

const positionOf = (leg: PathLeg & { kind: 'cell' }, length: number): number =>
  leg.fromLast ? length - 1 - leg.index : leg.index;

function childOf(node: JsonNode, leg: PathLeg): JsonNode | undefined {
  if (leg.kind === 'member') return node.kind === 'object' ? node.members.get(leg.name) : undefined;
  if (node.kind === 'array') return node.items[positionOf(leg, node.items.length)];
  // the server takes a scalar or object for an array of one
  return positionOf(leg, 1) === 0 ? node : undefined;
}

/** Changes `parent` at its `leg`; false where the document has no such place. */
function change(parent: JsonNode, leg: PathLeg, { operation, value }: JsonDiff): boolean {
  if (parent.kind === 'object' && leg.kind === 'member') {
    if (parent.members.has(leg.name) === (operation === 'insert')) return false;
    if (value === null) parent.members.delete(leg.name);
    else parent.members.set(leg.name, value);
    return true;
  }
  if (parent.kind !== 'array' || leg.kind !== 'cell') return false;
  const { items } = parent;
  const position = positionOf(leg, items.length);
  if (operation === 'insert' && value !== null) {
    items.splice(Math.min(position, items.length), 0, value);
    return true;
  }
  if (position < 0 || position >= items.length) return false;
  items.splice(position, 1, ...(value === null ? [] : [value]));
  return true;
}

function apply(root: JsonNode, diff: JsonDiff): JsonNode {
  const legs = parseJsonPath(diff.path);
  const last = legs.pop();
  if (last === undefined) {
    if (diff.operation === 'replace' && diff.value !== null) return diff.value;
    throw corruptJson(`diff: the document itself can't be the place of ${diff.operation}`);
  }
  let parent: JsonNode | undefined = root;
  for (const leg of legs) parent = parent === undefined ? undefined : childOf(parent, leg);
  if (parent === undefined || !change(parent, last, diff)) {
    throw corruptJson(`diff: the document has no place for ${diff.operation} of ${diff.path}`);
  }
  return root;
}

const DIFFS_LENGTH_BYTES = 4;

/** Takes one column's diffs from the image and applies them to the document before; the JSON text after. */
export function readJsonDiffs(cursor: Cursor, before: Buffer): string {
  const bytes = viewSized(cursor, DIFFS_LENGTH_BYTES);
  let root = jsonTree(before);
  for (const diff of readDiffs({ bytes, at: 0, end: bytes.length })) root = apply(root, diff);
  return jsonTreeText(root);
}
