/** Calls to AI providers that the application noted. */
export const ai = {
  aiRequests: {
    name: 'expensebot_ai_requests_total',
    kind: 'counter',
    help: 'Calls to AI providers that the application noted, failed ones too. openai, google, deepseek, qwen and the first six others by name, the rest as other; of the four, those with a key are 0 before their first call. Read from the table every 30 seconds.',
    labels: ['provider'],
  },
  aiRequestsFailed: {
    name: 'expensebot_ai_requests_failed_total',
    kind: 'counter',
    help: 'Calls to AI providers that failed. Read from the table every 30 seconds.',
    labels: ['provider'],
  },
  aiTokens: {
    name: 'expensebot_ai_tokens_total',
    kind: 'counter',
    help: 'Tokens used by calls to AI providers. Absent while no call has a count. Read from the table every 30 seconds.',
    labels: ['provider'],
  },
  aiCost: {
    name: 'expensebot_ai_cost_usd_total',
    kind: 'counter',
    help: 'Cost of calls to AI providers as the application estimates it, in US dollars. Absent while it estimates none. Read from the table every 30 seconds.',
    labels: ['provider'],
  },
  aiResponse: {
    name: 'expensebot_ai_response_seconds',
    kind: 'histogram',
    help: 'How long calls to AI providers took, failed ones too. Without calls noted with 0 seconds: their time is not known. Read from the table every 30 seconds.',
    labels: ['provider'],
    buckets: [0.1, 0.2, 0.5, 0.99, 1.5, 2.5, 4.9, 9.9, 19.9, 29.9, 59.9],
  },
} as const;
