/** The set-up assistant: from a meter somewhere to a flow that publishes its readings. */
import { openFrame } from './frame.js';
import { donePage } from './page-done.js';
import { findPage } from './page-find.js';
import { keyPage } from './page-key.js';
import { type Flows, wherePage } from './page-where.js';
import { exampleFlows } from './server.js';
import { newSetUp } from './set-up.js';

let setUp = newSetUp();
let page = 0;
let isOpen = false;
let flows: Promise<Flows> | undefined;

/** Opens the assistant where it was closed, with what was typed. */
export function openAssistant(): void {
  if (isOpen) return;
  isOpen = true;
  const flowsOf = (): Promise<Flows> => {
    flows ??= exampleFlows();
    flows.catch(() => {
      flows = undefined;
    });
    return flows;
  };
  const finish = (): void => {
    // The next set-up begins anew, and keeps no key.
    setUp = newSetUp();
    page = 0;
  };
  const pages = [findPage(setUp), keyPage(setUp), wherePage(setUp, flowsOf), donePage(setUp, flowsOf, finish)];
  openFrame(pages, page, {
    onPage: (shown) => {
      page = shown;
    },
    onClose: () => {
      isOpen = false;
    },
  });
}
