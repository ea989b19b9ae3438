import type { FieldNode, LeafNode } from './description.js';
import { pathOf, type Scope } from './walk.js';

/** The names of the values that a field adds to its structure. */
export function namesOf(field: FieldNode): string[] {
  switch (field.kind) {
    case 'bits':
      return field.parts.map((part) => part.name);
    case 'nibbles':
      return [...field.head.map((part) => part.name), field.name];
    case 'when':
    case 'since':
    case 'block':
    case 'selfSized':
      return field.fields.flatMap(namesOf);
    case 'reserved':
    case 'seek':
    case 'rest':
      return [];
    default:
      return [field.name];
  }
}

/** The path of a field for error messages; the members of a bit field are joined by `|`. */
export function nameOf(leaf: LeafNode, scope: Scope): string {
  if (leaf.kind === 'reserved') return pathOf(scope, 'reserved');
  return pathOf(scope, leaf.kind === 'bits' ? leaf.parts.map((part) => part.name).join('|') : leaf.name);
}
