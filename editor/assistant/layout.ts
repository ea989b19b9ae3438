/** Places nodes in sections below each other, within the width of a small screen. */
import { type FlowNode, targetsOf } from './flow-nodes.js';

/** The part of the editor's grid that a window of 1280 px shows between palette and sidebar, in px. */
const WIDTH = 740;
const LEFT = 40;
const TOP = 40;
const ROW = 50;
const BETWEEN_SECTIONS = 30;
const BETWEEN_COLUMNS = 30;
const LETTER = 7;
const MARGINS = 55;
const MIN_WIDTH = 100;
/** Letters of the label of a node without a name. */
const UNNAMED = 14;

/**
 * All nodes with their places.
 * @param sections the first one feeds the others
 */
export function layOut(sections: readonly (readonly FlowNode[])[]): FlowNode[] {
  const [head = [], ...others] = sections;
  const headLevels = levelsOf(head, () => 0);
  const afterHeads = Math.max(0, ...headLevels.values()) + 1;
  const fed = new Set(head.flatMap((node) => targetsOf(node)));
  const placed: FlowNode[] = [];
  let top = placeSection(head, headLevels, TOP, placed);
  // What the heads feed is right of them, so that no wire leads back.
  const besides = Math.max(0, ...placed.filter(({ type }) => type !== 'comment').map(rightOf)) + BETWEEN_COLUMNS;
  for (const nodes of others) {
    const levels = levelsOf(nodes, ({ id }) => (fed.has(id) ? afterHeads : 0));
    const leftOf = (level: number): number => (level < afterHeads ? LEFT : besides);
    top = placeSection(nodes, levels, top + BETWEEN_SECTIONS, placed, leftOf);
  }
  return placed;
}

/** The column of each node: behind all that send to it. Loops end where they began. */
function levelsOf(nodes: readonly FlowNode[], firstLevel: (node: FlowNode) => number): Map<string, number> {
  const levels = new Map(nodes.map((node) => [node.id, firstLevel(node)]));
  for (let round = 0; round < nodes.length; round++) {
    let isSettled = true;
    for (const node of nodes) {
      const next = (levels.get(node.id) ?? 0) + 1;
      for (const target of targetsOf(node)) {
        const level = levels.get(target);
        if (level === undefined || level >= next || next > nodes.length) continue;
        levels.set(target, next);
        isSettled = false;
      }
    }
    if (isSettled) break;
  }
  return levels;
}

function widthOf(node: FlowNode): number {
  const name = node['name'] ?? node['label'];
  const letters = typeof name === 'string' && name !== '' ? name.length : UNNAMED;
  return Math.max(MIN_WIDTH, letters * LETTER + MARGINS);
}

/** Puts a section below `top`. @returns the lowest point that it takes */
function placeSection(
  nodes: readonly FlowNode[],
  levels: ReadonlyMap<string, number>,
  top: number,
  placed: FlowNode[],
  leftOf: (level: number) => number = () => LEFT,
): number {
  let bottom = top;
  const notes = nodes.filter(({ type }) => type === 'comment');
  for (const note of notes) {
    placed.push({ ...note, x: LEFT + widthOf(note) / 2, y: bottom });
    bottom += ROW;
  }
  const others = nodes.filter(({ type }) => type !== 'comment');
  const columns = [...new Set(others.map(({ id }) => levels.get(id) ?? 0))].sort((one, other) => one - other);
  let left = LEFT;
  let band = bottom;
  for (const level of columns) {
    const column = others.filter(({ id }) => levels.get(id) === level).sort((one, other) => yOf(one) - yOf(other));
    const width = Math.max(...column.map(widthOf));
    left = Math.max(left, leftOf(level));
    // A column beyond the right edge begins a new band of rows.
    if (left + width > LEFT + WIDTH && left > LEFT) {
      left = leftOf(level) + BETWEEN_COLUMNS;
      band = bottom;
    }
    column.forEach((node, row) => {
      placed.push({ ...node, x: Math.round(left + widthOf(node) / 2), y: band + row * ROW });
    });
    bottom = Math.max(bottom, band + column.length * ROW);
    left += width + BETWEEN_COLUMNS;
  }
  return bottom;
}

function rightOf(node: FlowNode): number {
  return Number(node['x'] ?? 0) + widthOf(node) / 2;
}

function yOf(node: FlowNode): number {
  return Number(node['y'] ?? 0);
}
