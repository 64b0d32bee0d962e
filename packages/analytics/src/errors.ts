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

/** There is no market with this code, or no default market. Services answer 404. */
export class UnknownMarket extends Error {
  override readonly name = 'UnknownMarket';
}

/** Too many questions are waiting. Services answer 503 with Retry-After. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly retryAfterSeconds = 1;

  constructor() {
    super('Too many questions are waiting to be answered; try again in a moment.');
  }
}

/** A question exceeded its time limit and was cancelled. Services answer 503 with Retry-After. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  readonly retryAfterSeconds = 10;

  constructor(milliseconds: number) {
    super(
      `The answer took longer than ${milliseconds / 1000} s and was cancelled; ask for fewer sales, or try again later.`,
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
