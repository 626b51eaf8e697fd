/** JSON columns: binary JSON behind its length, made JSON text. */
import type { ColumnShape } from '../table-shape.ts';
import { type ReadValue, viewSized } from './cursor.ts';
import { isContainer, JsonDocument, type JsonPlace } from './json-layout.ts';
import { scalarText } from './json-scalar.ts';
import { lengthBytes } from './sizes.ts';

/** The document as JSON text, without blanks, members in the server's order (shorter keys first). */
export function jsonText(bytes: Buffer): string {
  const document = new JsonDocument(bytes);
  const root = document.root();
  return root === null ? 'null' : textOf(document, root, 1);
}

function textOf(document: JsonDocument, place: JsonPlace, depth: number): string {
  if (!isContainer(place.type)) return scalarText(document, place);
  const { keys, values } = document.container(place, depth);
  let text = '';
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value === undefined) continue;
    if (index > 0) text += ',';
    if (keys !== null) text += `${JSON.stringify(keys[index])}:`;
    text += textOf(document, value, depth + 1);
  }
  return keys === null ? `[${text}]` : `{${text}}`;
}

export function jsonReader(column: ColumnShape): ReadValue {
  const size = lengthBytes(column);
  return (c) => ({ json: jsonText(viewSized(c, size)) });
}
