/** What Telegram says instead of a result: https://core.telegram.org/bots/api#making-requests */
export class ApiError extends Error {
  readonly code: number;
  readonly parameters: { retry_after?: number; migrate_to_chat_id?: number } | undefined;

  constructor(code: number, description: string, parameters?: ApiError['parameters']) {
    super(description);
    this.name = 'ApiError';
    this.code = code;
    this.parameters = parameters;
  }
}

/** 400 with Telegram's usual beginning. */
export function badRequest(problem: string, parameters?: ApiError['parameters']): ApiError {
  return new ApiError(400, `Bad Request: ${problem}`, parameters);
}

export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${retryAfterSeconds}`, {
    retry_after: retryAfterSeconds,
  });
}
