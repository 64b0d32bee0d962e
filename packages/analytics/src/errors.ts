/** The parameters of a question are invalid for this market. The message states the valid values. Services answer 400. */
export class InvalidQuestion extends Error {
  override readonly name = 'InvalidQuestion';
  /** The invalid parameter. */
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super(message);
    this.parameter = parameter;
  }
}

/** There is no market with this code, or no default market. Services answer 404. For versions that no longer exist see `VersionGone`. */
export class UnknownMarket extends Error {
  override readonly name = 'UnknownMarket';
}

/** A market has not reached the version that was asked for. Services answer 404. */
export class VersionAhead extends Error {
  override readonly name = 'VersionAhead';

  constructor(code: string, version: number, current: number) {
    super(`The market "${code}" is at version ${current}; it has no version ${version} yet.`);
  }
}

/** Loading a market, or an earlier version of it, takes longer than a question may. It continues. Services answer 503 with Retry-After. */
export class Loading extends Error {
  override readonly name = 'Loading';
  readonly retryAfterSeconds = 10;

  constructor(code: string, version: number) {
    super(`Version ${version} of the market "${code}" is being loaded; try again in a moment.`);
  }
}

/** Too many questions, or too much other work, are waiting. Services answer 503 with Retry-After. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly retryAfterSeconds = 1;

  constructor() {
    super('Too many requests are waiting to be answered; try again in a moment.');
  }
}

/** The caller has used up its budget of processor time. Services answer 429 with Retry-After. */
export class OverBudget extends Error {
  override readonly name = 'OverBudget';
  /** Seconds of processor time that a caller may use in a window of seconds. */
  readonly quota: number;
  readonly window: number;
  readonly retryAfterSeconds: number;

  constructor(quota: number, window: number, retryAfterSeconds: number) {
    super(
      `These questions have used more than the ${quota} s of processor time that one caller may use in ${window} s; try again in ${retryAfterSeconds} s.`,
    );
    this.quota = quota;
    this.window = window;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A question exceeded its time limit and was cancelled. Services answer 503 with Retry-After. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  readonly retryAfterSeconds = 10;

  /** @param preparing the part of the answer that is still computed, and continues to be, if the question waited for one */
  constructor(milliseconds: number, preparing?: string) {
    const limit = `The answer took longer than ${milliseconds / 1000} s`;
    super(
      preparing === undefined
        ? `${limit} and was cancelled; try again later, or narrow the question.`
        : `${limit}, because ${preparing} is still being computed. That continues; try again in a minute.`,
    );
  }
}

/** The replica of a market cannot follow the market. Other markets are answered. Services answer 503 with Retry-After. */
export class MarketUnavailable extends Error {
  override readonly name = 'MarketUnavailable';
  readonly retryAfterSeconds: number;

  constructor(code: string, retryAfterSeconds: number, cause: unknown) {
    super(
      `The sales of the market "${code}" cannot be loaded at the moment. The service retries; undoing the last import also helps if the import caused it.`,
      { cause },
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
