/** The values of a table or structure: JSON-safe, named as in the description. */
export interface TableValues {
  [field: string]: FieldValue;
}
/** The value of a field, or of a structure or list of fields; null where there is none. */
export type FieldValue = number | boolean | string | null | FieldValue[] | TableValues;
