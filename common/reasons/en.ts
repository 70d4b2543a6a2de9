/**
 * What a check may find wrong, in English: for the log, the doctor and `error` of /health. The list of all reasons: a
 * new one is added here, and does not compile before ru.ts has it. `{name}` stands for a parameter.
 */
export const en = {
  // Any check
  timed_out: 'timed out after {seconds} s',
  silent: 'no answer for {seconds} s',
  stale: 'the check has not finished for three intervals',
  check_broken: 'the check itself failed: {words}',
  run_before: 'the run before has not ended',
  stopping: 'the exporter is stopping',
  attempts: '{count} attempts',
  /** Of figures, of the access log and of the history: no page and no message shows them. */
  logged: '{sentence}',

  // Why something is not watched
  switched_off: 'switched off in {file}',
  not_set: '{variable} is not set',
  none_set: 'neither {one} nor {other} is set',
  dns_not_needed: 'no address that is watched needs DNS',

  // Connections
  connection_refused: 'nothing listens at {target} (connection refused)',
  no_socket: 'nothing listens at {target} (no such socket)',
  name_unknown: 'the name of {target} is not known to DNS',
  dns_silent: 'DNS does not answer for {target}',
  connection_timed_out: '{target} does not answer (connection timed out)',
  connection_cut: '{target} cut the connection',
  no_route: 'there is no route to {target}',
  wrong_protocol: '{target} answers with something that is not its protocol, or too much of it',
  connection_broke: 'the connection to {target} broke',
  connection_failed: 'the connection to {target} failed ({error})',
  answer_too_long: '{target} sends more than {bytes} bytes',
  file_unreadable: 'the {setting} {path} cannot be read ({error})',

  // TLS
  tls_missing: '{target} does not speak TLS',
  certificate_expired: 'the TLS certificate of {target} has expired',
  certificate_expired_on: 'the TLS certificate of {target} expired on {day}',
  certificate_early: 'the TLS certificate of {target} is not valid yet: compare the clocks',
  certificate_early_until: 'the TLS certificate of {target} is not valid before {day}: compare the clocks',
  signer_expired: 'a certificate that signed the one of {target} has expired',
  signer_early: 'a certificate that signed the one of {target} is not valid yet: compare the clocks',
  certificate_self_signed: 'the TLS certificate of {target} is self-signed',
  chain_self_signed: 'the TLS certificate chain of {target} holds a self-signed certificate',
  chain_incomplete:
    '{target} sends its TLS certificate without the one that signed it (incomplete chain), or the issuer is not known here',
  issuer_unknown: 'the issuer of the TLS certificate of {target} is not known here',
  certificate_elsewhere: 'the TLS certificate of {target} is for another name',
  certificate_names: 'the TLS certificate of {target} is for another name: {names}',
  certificate_names_more: 'the TLS certificate of {target} is for another name: {names} and {more} more',
  certificate_nameless: 'the TLS certificate of {target} is for another name: it names none',

  // HTTP
  no_address: 'no address is configured',
  late_dns: '{target} timed out after {seconds} s, waiting for DNS',
  late_connect: '{target} timed out after {seconds} s, waiting for a connection',
  late_tls: '{target} timed out after {seconds} s, waiting for the TLS handshake',
  late_first_byte: '{target} timed out after {seconds} s, waiting for an answer',
  late_transfer: '{target} timed out after {seconds} s, waiting for the rest of the answer',
  redirects: '{target} redirects more than {limit} times',
  redirect_nowhere: '{target} redirects to something that is no web address',
  redirect_insecure: '{target} redirects from https to http at {to}',
  http_status: '{target} answers {status}, expected {expected}',
  http_status_redirect: '{target} answers {status} and redirects to {to}, expected {expected}',
  http_body: '{target} answers {status}, but its body does not hold the expected text',

  // Telegram
  telegram_token: 'token refused: Telegram answers {status} to {method}; check {variable}',
  telegram_stranger: '{target} answered {status} with something that is not the Bot API',
  telegram_says: 'Telegram answers {status}: {words}',
  telegram_refuses: 'Telegram answers {status} without a description',
  webhook_unreadable: 'Telegram answers getWebhookInfo with something else',
  webhook_missing: 'Telegram has no webhook for this bot, and EXPECTED_WEBHOOK_URL names one',
  webhook_path: 'Telegram delivers to another address at {host} than EXPECTED_WEBHOOK_URL names',
  webhook_host: 'Telegram delivers to {host}, and EXPECTED_WEBHOOK_URL names {expected}',
  webhook_failing: 'Telegram cannot deliver to the webhook: {words} (updates waiting: {pending})',
  webhook_failing_silently:
    'Telegram cannot deliver to the webhook and gives no reason (updates waiting: {pending})',
  webhook_backlog: '{pending} updates wait at Telegram, limit {limit}',

  // AI providers
  ai_key: 'key refused: {service} answers {status}; check {variables}',
  ai_quota: '{service} answers 429: the quota or the rate limit of the key is used up',
  ai_used_up: '{service}: the limit of the key in {variable} is used up',
  ai_status: '{service} answers {status} to the check of the key',
  ai_other: '{service} answers something else than its API; check {variable}',

  // PostgreSQL
  database_password: 'the database refuses the password (DATABASE_URL or DB_PASSWORD)',
  database_role: 'the database refuses this role: {words}',
  database_missing: 'there is no such database: {words}',
  database_full: 'the database has no connection left (too many clients)',
  database_starting: 'the database takes no connections yet: {words}',
  database_cancelled: 'the database cancelled the statement: it took too long',
  database_locked: 'a table is locked by somebody else',
  database_no_table: 'a table is missing: {words}',
  database_no_column: 'a column is missing: {words}',
  database_no_right: 'this role may not read that: {words}; GRANT SELECT on it',
  database_pooling:
    'the pooler lends its connections for one statement (pool_mode = statement) and takes no transaction: use pool_mode = transaction, or HISTORY_DATABASE_URL without the pooler',
  database_says: 'the database says: {words}',
  database_no_tls: '{target} does not speak TLS, and the address asks for it',
  database_taken: 'another statement still holds the connection',
  database_late: 'the answer came too late',

  // Redis
  redis_no_pong: '{target} answers PING with something else',
  redis_full: 'Redis has no connection left (max number of clients)',
  redis_readonly: 'Redis takes no writes: it is a replica (READONLY); see replicaof',
  redis_memory: 'Redis takes no writes: its memory is full (OOM); see maxmemory and maxmemory-policy',
  redis_disk: 'Redis takes no writes: it cannot save to disk (MISCONF)',
  redis_replicas:
    'Redis takes no writes: too few replicas are connected (NOREPLICAS); see min-replicas-to-write',
  redis_loading: 'Redis is loading its data from disk (LOADING)',
  redis_no_master: 'Redis is a replica that has lost its master (MASTERDOWN)',
  redis_cluster_down: 'the cluster of Redis is down (CLUSTERDOWN)',
  redis_cluster: 'this Redis is one node of a cluster, which Celery cannot use (MOVED)',
  redis_script: 'Redis does nothing but run a script (BUSY)',
  redis_protected: 'Redis is in protected mode and lets only its own host in (DENIED)',
  redis_no_password: 'Redis asks for a password (NOAUTH): set {variables}',
  redis_password: 'Redis refuses the password (WRONGPASS): check {variables}',
  redis_no_database: 'Redis has no such database: check its number in {variables}',
  redis_right: 'this user of Redis may not PING and INFO (NOPERM)',
  broker_right: 'this user of Redis may not watch the broker of Celery (NOPERM)',
  redis_refuses: 'Redis refuses to answer ({error})',

  // Celery
  broker_cut: 'the question to the broker was cut short',
  broker_silent: 'the broker stopped answering',
  celery_nobody: 'no worker is connected to the broker',
  celery_hung: 'workers that are connected and do not reply: {hung} of {connected}',
  celery_names: 'silent: {names}',
  results_right:
    'this user of Redis may not look into the results of tasks (NOPERM): docs/configuration.md names its rights',
  results_many:
    'more than {limit} results of tasks are in Redis: set result_expires in the application, or switch figures.celery_results off',
  celery_unused: 'if there is no Celery, switch probes.celery_workers off',

  // The host
  cpu: 'CPU is {usage} % in use, limit {limit} %',
  memory: 'memory is {usage} % in use, limit {limit} %',
  memory_unknown: 'the system does not tell how much memory it has',
  disk_low: 'disk {mount} has {free} GB free, limit {limit} GB',
  disk_not_mounted: '{mount} is not mounted',
  disk_none: 'no file system was found',
} as const satisfies Readonly<Record<string, string>>;

/** All of them in one language. */
export type Sentences = Readonly<Record<keyof typeof en, string>>;
