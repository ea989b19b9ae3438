import Mocha from 'mocha';

/**
 * Mocha's usual report, and what was tried again: a test beside real programs may fail because the machine was busy
 * elsewhere. It must not go unseen.
 */
export default class WithRetries extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.on('retry', (test: Mocha.Test, error: Error) => {
      const reason = (error.stack ?? error.message).replace(/^/gm, '  | ');
      Mocha.reporters.Base.consoleLog('Tried again: %s\n%s', test.fullTitle(), reason);
    });
  }
}
