/** An access log of a bot's nginx, and the program that makes mtail count the same in it. Pure. */

const PATHS = [
  '/webhook/6000000001:AAbenchTokenOfTheMainBot',
  '/webhook/6000000001:AAbenchTokenOfTheMainBot',
  '/webhook/6000000001:AAbenchTokenOfTheMainBot',
  '/admin/expenses/expense/?o=-1&p=2',
  '/static/admin/css/base.css?v=5.1',
  '/health',
  '/wp-login.php',
  '/',
] as const;
const AGENTS = [
  '-',
  '-',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Blackbox Exporter/0.24.0',
] as const;
/** Of fifty requests one fails, and one line is no request. */
const EVERY = 50;

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** Line `n` of the log, 20 of them a second, in `combined` with `$request_time`. */
export function accessLogLine(n: number): string {
  const second = Math.floor(n / 20) % 86_400;
  const time = `23/Nov/2026:${pad(Math.floor(second / 3600))}:${pad(Math.floor(second / 60) % 60)}:${pad(second % 60)} +0300`;
  const path = PATHS[n % PATHS.length] ?? '/';
  const method = path.startsWith('/webhook') ? 'POST' : 'GET';
  const request = n % EVERY === 7 ? String.raw`\x16\x03\x01\x02` : `${method} ${path} HTTP/1.1`;
  const status = n % EVERY === 7 ? 400 : n % EVERY === 9 ? 502 : 200;
  const took = `${n % EVERY === 9 ? 10 : 0}.${pad((n * 37) % 1000, 3)}`;
  return `149.154.167.${n % 250} - - [${time}] "${request}" ${status} ${n % 9000} "-" "${AGENTS[(n >> 3) % AGENTS.length] ?? '-'}" ${took}\n`;
}

/** The exporter's figures in mtail's language, https://google.github.io/mtail/Language.html, for its default settings. */
export const MTAIL_PROGRAM = String.raw`
counter http_requests_total by method, code, route
histogram http_request_duration_seconds by route buckets 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 2.5, 5, 10, 30
counter unparsed_lines_total

/^\S+ - .* \[(?P<date>\d{2}\/\w{3}\/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] "(?P<method>[^ "]*) ?(?P<path>[^ "?]*)[^"]*" (?P<code>[1-5]\d{2}) (?:\d+|-) "[^"]*" "[^"]*" (?P<took>\d+\.\d+)/ {
  strptime($date, "02/Jan/2006:15:04:05 -0700")
  $path =~ /^\/(health(\/|$)|static\/|media\/|favicon\.ico$)/ {
  } else {
    $path =~ /^\/webhook\// {
      http_requests_total[$method][$code]["webhook"]++
      http_request_duration_seconds["webhook"] = $took
    } else {
      $path =~ /^\/admin\// {
        http_requests_total[$method][$code]["admin"]++
        http_request_duration_seconds["admin"] = $took
      } else {
        http_requests_total[$method][$code]["other"]++
        http_request_duration_seconds["other"] = $took
      }
    }
  }
} else {
  unparsed_lines_total++
}
`;
