import type { FieldValue, TableValues } from './values.js';

/** A step into a list or structure: the number of an element, or the name of a field. */
export type PathStep = number | string;

/** `tiers[0]` and `summations` -> `tiers[0].summations`. Elements of a list of plain values have no name. */
export function joinPath(path: string, name: string): string {
  if (name === '') return path;
  return path === '' ? name : `${path}.${name}`;
}

/** `tiers` and 0 -> `tiers[0]`. */
export function elementPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** `tiers[0].summations` -> `tiers`, 0, `summations`. */
export function parsePath(path: string): PathStep[] {
  const steps = path.match(/\[\d+\]|[^.[\]]+/g) ?? [];
  return steps.map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step));
}

/** The path without the numbers of elements, as `attributesOf` names fields: `tiers.summations`. */
export function withoutIndexes(path: string): string {
  return path.replace(/\[\d+\]/g, '');
}

/** The element or field of a value; undefined where it has none of that name. */
export function stepInto(value: FieldValue | undefined, step: PathStep): FieldValue | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  if (!isStructure(value) || typeof step !== 'string') return undefined;
  return Object.hasOwn(value, step) ? value[step] : undefined;
}

/** Whether a value is a structure: neither a list nor a plain value. */
export function isStructure(value: FieldValue | undefined): value is TableValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
