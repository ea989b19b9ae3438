/** The text of an error: what happened, and what to check next. */
export type ErrorText = {
  readonly happened: string;
  /** Whether the nodes append the error's own message. The command line always does. */
  readonly hasDetail?: true;
} & (Advice | Required<Omit<Advice, 'check'>>);

interface Advice {
  /** What to check next, wherever the error is shown. */
  readonly check: string;
  /** What to do in the dialogs of Node-RED, and what the nodes do automatically; follows `check`. */
  readonly inNode?: string;
  /** What to do on the command line; follows `check`. */
  readonly inCommand?: string;
}

/** What happened and what to check next, as one text. */
export function errorAdvice(text: ErrorText, place: 'inNode' | 'inCommand'): string {
  const check = 'check' in text ? text.check : undefined;
  return [text.happened, check, text[place]].filter((part) => part !== undefined).join(' ');
}

/** The text in the form of the nodes' catalogue; `__detail__` is replaced by the error's own message. */
export function nodeErrorText(text: ErrorText): string {
  return errorAdvice(text, 'inNode') + (text.hasDetail ? ' [__detail__]' : '');
}
