import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';

/** An answer other than success, as the contract says it: `{"error":{"code","message"}}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;
  /** When to send it again, seconds. */
  readonly retryAfterS: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    options: ErrorOptions & { readonly retryAfterS?: number } = {},
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.retryAfterS = options.retryAfterS;
  }
}

function sendError(response: Response, error: HttpError): void {
  if (error.retryAfterS !== undefined) response.set('Retry-After', String(error.retryAfterS));
  response.status(error.status).json(errorBody(error.code, error.message));
}

export const errorBody = (code: string, message: string) => ({ error: { code, message } });

/** Ends a route: every method that was not handled before it is refused with the ones that are. */
export function allowMethods(...methods: readonly string[]): RequestHandler {
  const allow = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  return (request, response) => {
    response.set('Allow', allow.join(', '));
    sendError(
      response,
      new HttpError(
        405,
        'method_not_allowed',
        `${request.method} is not served here; use ${allow.join(' or ')}.`,
      ),
    );
  };
}

export interface ErrorHandling {
  /** Told of what nobody foresaw; the client gets no detail of it. */
  readonly onUnexpected: (error: unknown) => void;
  /** Told of every refused request, for metrics. */
  readonly onRefused?: (error: HttpError, request: Request) => void;
}

/** Mount last: unknown paths and thrown errors become JSON. */
export function handleErrors(app: Express, { onUnexpected, onRefused }: ErrorHandling): void {
  app.use((request, response) => {
    sendError(response, new HttpError(404, 'not_found', `Nothing is served at ${request.path}.`));
  });
  const handler: ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const refusal = asHttpError(error);
    if (refusal === undefined) onUnexpected(error);
    else onRefused?.(refusal, request);
    sendError(
      response,
      refusal ??
        (isOfStorage(error)
          ? new HttpError(503, 'storage_unavailable', 'What is kept here cannot be used now; try again.')
          : new HttpError(500, 'internal', 'Something went wrong here; the log of this service says what.')),
    );
  };
  app.use(handler);
}

/** SQLite names its own errors so: https://www.sqlite.org/rescode.html. A full disk or a lock goes by, a fault of ours does not. */
const isOfStorage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');

/** Express tells of what is wrong with a request, such as a path that cannot be decoded, by an error with its status. */
function asHttpError(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  return new HttpError(status, 'bad_request', `${error.message}.`, { cause: error });
}
