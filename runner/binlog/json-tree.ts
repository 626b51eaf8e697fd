/** A JSON document as a tree that diffs can change; scalars as their JSON text. */
import { isContainer, JsonDocument, type JsonPlace } from './columns/json-layout.ts';
import { scalarText } from './columns/json-scalar.ts';

export type JsonNode =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'array'; readonly items: JsonNode[] }
  | { readonly kind: 'object'; readonly members: Map<string, JsonNode> };

export function jsonTree(bytes: Buffer): JsonNode {
  const document = new JsonDocument(bytes);
  const root = document.root();
  return root === null ? { kind: 'scalar', text: 'null' } : nodeOf(document, root, 1);
}

function nodeOf(document: JsonDocument, place: JsonPlace, depth: number): JsonNode {
  if (!isContainer(place.type)) return { kind: 'scalar', text: scalarText(document, place) };
  const { keys, values } = document.container(place, depth);
  const items = values.map((value) => nodeOf(document, value, depth + 1));
  if (keys === null) return { kind: 'array', items };
  const members = new Map<string, JsonNode>();
  for (const [index, item] of items.entries()) members.set(keys[index] ?? '', item);
  return { kind: 'object', members };
}

/** The server's order of members: shorter keys first, then by bytes. */
function keyOrder(a: string, b: string): number {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length - right.length || left.compare(right);
}

export function jsonTreeText(node: JsonNode): string {
  switch (node.kind) {
    case 'scalar':
      return node.text;
    case 'array':
      return `[${node.items.map(jsonTreeText).join(',')}]`;
    default: {
      const members = [...node.members].toSorted(([a], [b]) => keyOrder(a, b));
      return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${jsonTreeText(item)}`).join(',')}}`;
    }
  }
}
