/**
 * What Redis itself looks for in values that hold arguments, results and messages of exceptions: only the fields that
 * are named here ever leave it. The scripts read and write nothing. Pure.
 */

/** Texts are cut there; a value of more bytes is not looked into. */
const SHARED = `
local MAX_TEXT, MAX_VALUE = 400, 1000000
local function text(value)
  if type(value) == 'string' then return string.sub(value, 1, MAX_TEXT) end
  return ''
end
local function parse(value)
  if type(value) ~= 'string' or #value > MAX_VALUE then return nil end
  local ok, parsed = pcall(cjson.decode, value)
  if ok and type(parsed) == 'table' then return parsed end
  return nil
end
`;

/**
 * KEYS are those of results. Of each {status, date_done, name, exc_type}, where status is `?` for what is no JSON, and
 * an empty array for a key that is gone.
 * https://github.com/celery/celery/blob/main/celery/backends/base.py, _get_result_meta and prepare_exception
 */
export const RESULTS_SCRIPT = `${SHARED}
local rows = {}
for i, key in ipairs(KEYS) do
  local length = redis.pcall('STRLEN', key)
  if type(length) == 'table' and not string.find(length.err, 'WRONGTYPE', 1, true) then return length end
  if type(length) ~= 'number' or length == 0 then
    rows[i] = {}
  else
    local meta = length <= MAX_VALUE and parse(redis.call('GET', key)) or nil
    if meta == nil then
      rows[i] = {'?', '', '', ''}
    else
      local exception = ''
      if meta.status == 'FAILURE' and type(meta.result) == 'table' then exception = text(meta.result.exc_type) end
      rows[i] = {text(meta.status), text(meta.date_done), text(meta.name), exception}
    end
  end
end
return rows`;

/**
 * KEYS are the index of unacknowledged messages and the messages, ARGV how many to look at. Of each {task, eta, when it
 * was delivered}, those that were delivered first. A message is kept as [message, exchange, routing key].
 * https://github.com/celery/kombu/blob/main/kombu/transport/redis.py, QoS.append
 */
export const HELD_SCRIPT = `${SHARED}
local rows = {}
local index = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')
for i = 1, #index, 2 do
  local kept = parse(redis.call('HGET', KEYS[2], index[i]))
  local message = kept and kept[1]
  local headers = type(message) == 'table' and message.headers
  if type(headers) == 'table' then
    rows[#rows + 1] = {text(headers.task), text(headers.eta), index[i + 1]}
  end
end
return rows`;

/** A row of texts; undefined for anything else. */
export const textsIn = (row: unknown): readonly string[] | undefined =>
  Array.isArray(row) && row.every((one): one is string => typeof one === 'string') ? row : undefined;

/** Unix milliseconds; Celery writes times without a zone in UTC. Undefined for what is no time. */
export function timeIn(text: string): number | undefined {
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? undefined : at;
}
