import type { Rule } from 'eslint';

export const FLOORS: readonly (readonly string[])[];
export const WALLS: Readonly<Record<string, readonly string[]>>;
export const EDITOR_USES: readonly string[];
export const PACKAGES: Readonly<Record<string, readonly string[]>>;
export const floorsRule: Rule.RuleModule;
