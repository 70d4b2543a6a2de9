import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';

/** An answer other than success, as the contract says it: `{"error":{"code","message"}}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

function sendError(response: Response, { status, code, message }: HttpError): void {
  response.status(status).json({ error: { code, message } });
}

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
        new HttpError(500, 'internal', 'Something went wrong here; the log of this service says what.'),
    );
  };
  app.use(handler);
}

/** body-parser throws http-errors: `status`, `type` and a message that is safe to show (`expose`). */
function asHttpError(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (!(error instanceof Error) || !('status' in error) || !('type' in error)) return undefined;
  const { status, type } = error;
  if (typeof status !== 'number' || typeof type !== 'string' || status >= 500) return undefined;
  if (type === 'entity.too.large') return new HttpError(413, 'body_too_large', bodyLimit(error));
  if (type === 'entity.parse.failed') {
    return new HttpError(400, 'invalid_json', 'The body is not valid JSON.', { cause: error });
  }
  return new HttpError(status, type.replaceAll('.', '_'), error.message, { cause: error });
}

function bodyLimit(error: Error): string {
  const limit = 'limit' in error && typeof error.limit === 'number' ? ` of ${error.limit} bytes` : '';
  return `The body is larger than the limit${limit}.`;
}
