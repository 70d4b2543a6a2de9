/** SQL without its values. Pure. */

/** https://www.postgresql.org/docs/15/sql-syntax-lexical.html; each alternative consumes what it looks at. */
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*(?:"|$)|e'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|(?:[bnx]|u&)?'(?:[^']|'')*(?:'|$)|\$([a-z_]*)\$[\s\S]*?(?:\$\1\$|$)|(?<![\w$.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)/gi;

/** Literals become `?`, comments go; keywords, identifiers and placeholders (`$1`) stay. */
export function stripSqlLiterals(sql: string): string {
  return sql.replaceAll(TOKENS, (token) => {
    if (token.startsWith('"')) return token;
    return token.startsWith('--') || token.startsWith('/*') ? '' : '?';
  });
}

/** A Redis command keeps its name only: keys carry ids, arguments carry content. */
export function stripRedisArguments(command: string): string {
  return /^[a-z_-]+/i.exec(command.trim())?.[0] ?? 'redis';
}
