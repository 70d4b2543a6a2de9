/** A failure the operator can mend: its message is the whole story and is printed without a stack trace. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
  /** Exit code of a process that ends because of it. */
  readonly exitCode: number = 1;
}
