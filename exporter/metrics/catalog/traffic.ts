/** What nginx's access log tells. */
export const traffic = {
  httpRequests: {
    name: 'expensebot_http_requests_total',
    kind: 'counter',
    help: "Requests in nginx's access log, by method, status and configured route; ignored paths are left out. GET and POST with 500, 502, 503 and 504 are 0 from the start. Survives restarts.",
    labels: ['method', 'code', 'route'],
  },
  httpRequestDuration: {
    name: 'expensebot_http_request_duration_seconds',
    kind: 'histogram',
    help: 'Time nginx took for requests ($request_time). Absent when the format of the access log does not tell it.',
    labels: ['route'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 2.5, 5, 10, 30],
  },
  accessLogUnparsedLines: {
    name: 'expensebot_access_log_unparsed_lines_total',
    kind: 'counter',
    help: "Lines of nginx's access log that are not in the configured format.",
    labels: [],
  },
} as const;
