/** A question that cannot be answered as asked. The message says what is possible here; services answer 400. */
export class InvalidQuestion extends Error {
  override readonly name = 'InvalidQuestion';
  /** The parameter at fault. */
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super(message);
    this.parameter = parameter;
  }
}

/** There is no market of that code, or no default market. Services answer 404. */
export class UnknownMarket extends Error {
  override readonly name = 'UnknownMarket';
}

/** More questions wait than can be answered soon. Services answer 503 with Retry-After. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly retryAfterSeconds = 1;

  constructor() {
    super('Too many questions are waiting to be answered; try again in a moment.');
  }
}

/** A question took longer than is allowed, and was stopped. Services answer 503 with Retry-After. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  readonly retryAfterSeconds = 10;

  constructor(milliseconds: number) {
    super(
      `The answer took longer than ${milliseconds / 1000} s and was given up; ask for fewer sales, or try again later.`,
    );
  }
}
