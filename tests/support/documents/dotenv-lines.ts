/** Lines of a `.env` file on which readers differ, with what Docker Compose 2.40 makes of each. */
export interface DotenvLine {
  readonly text: string;
  /** Every variable that it sets; undefined: Compose refuses the file. */
  readonly values: Readonly<Record<string, string>> | undefined;
}

const line = (text: string, values?: Readonly<Record<string, string>>): DotenvLine => ({ text, values });

/** The process sets this one, so that it can be referred to. */
export const DOTENV_PROCESS = { SET_OUTSIDE: 'outside', EMPTY_OUTSIDE: '' } as const;

export const DOTENV_LINES: readonly DotenvLine[] = [
  line('A=plain', { A: 'plain' }),
  line('A=', { A: '' }),
  line('A\n', {}),
  line('A\nB=next', { B: 'next' }),
  line('A = around \nB\t=\ttabs\t', { A: 'around', B: 'tabs' }),
  line('  A=indented', { A: 'indented' }),
  line('export A=exported', { A: 'exported' }),
  line('export\tA=exported', { A: 'exported' }),
  line('export A\n', {}),
  line('A: yaml', { A: 'yaml' }),
  line('A=first\nA=second', { A: 'second' }),
  line('A.b-c=names', { 'A.b-c': 'names' }),
  line('A=x=y==', { A: 'x=y==' }),

  line('A=abc#def', { A: 'abc#def' }),
  line('A=abc #def', { A: 'abc' }),
  line('A=abc\t#def', { A: 'abc\t#def' }),
  line('A= # comment', { A: '# comment' }),
  line('A=#abc', { A: '#abc' }),
  line('# comment\n  # another\nA=x', { A: 'x' }),
  line("A='x' # comment", { A: 'x' }),
  line('A="x"# comment', { A: 'x' }),

  line("A=' kept '", { A: ' kept ' }),
  line("A='abc #def$SET_OUTSIDE'", { A: 'abc #def$SET_OUTSIDE' }),
  line('A="abc #def"', { A: 'abc #def' }),
  line("A='it\\'s'", { A: "it's" }),
  line('A="say \\"x\\""', { A: 'say "x"' }),
  line("A='a\\nb\\\\c'", { A: 'a\\nb\\\\c' }),
  line('A="a\\nb\\tc\\\\d"', { A: 'a\nb\tc\\d' }),
  line('A="\\q\\c\\x41"', { A: '\\q\\c\\x41' }),
  line('A="\\0101\\041\\0777\\0"', { A: 'A\\41\\777\\' }),
  line('A=a\\nb', { A: 'a\\nb' }),
  line('A="one\ntwo"\nB=x', { A: 'one\ntwo', B: 'x' }),
  line("A='one\n# two'", { A: 'one\n# two' }),
  line('A=a"b"', { A: 'a"b"' }),
  line('A="x" B=y', { A: 'x', B: 'y' }),
  line('A=""', { A: '' }),
  line('A=`x`', { A: '`x`' }),

  line('A=x\nB=$A', { A: 'x', B: 'x' }),
  line('A=x\nB="${A}y"', { A: 'x', B: 'xy' }),
  line('A=$SET_OUTSIDE', { A: 'outside' }),
  line('A=a$NOWHERE-b', { A: 'a-b' }),
  line('A=a$5b$', { A: 'a$5b$' }),
  line('A=a$$b', { A: 'a$b' }),
  line('A="a\\$SET_OUTSIDE"', { A: 'a$SET_OUTSIDE' }),
  line('A=a\\$SET_OUTSIDE', { A: 'a\\outside' }),
  line('A=${NOWHERE:-x}', { A: 'x' }),
  line('A=${NOWHERE-x}', { A: 'x' }),
  line('A=${EMPTY_OUTSIDE:-x}', { A: 'x' }),
  line('A=${EMPTY_OUTSIDE-x}', { A: '' }),
  line('A=${SET_OUTSIDE:-x}', { A: 'outside' }),
  line('A=${SET_OUTSIDE:+x}${NOWHERE+y}', { A: 'x' }),
  line('A=${EMPTY_OUTSIDE:+x}${EMPTY_OUTSIDE+y}', { A: 'y' }),
  line('A=${NOWHERE:-${SET_OUTSIDE}} and ${NOWHERE:-b}', { A: 'outside and b' }),
  line('A=${NOWHERE:-${NOWHERE:-$$}}', { A: '$' }),
  line('A=${SET_OUTSIDE:?is missing}', { A: 'outside' }),
  line('A=${NOWHERE:-{}}', { A: '{}' }),
  line('A=$set_outside', { A: '' }),
  line('SET_OUTSIDE=inside\nA=$SET_OUTSIDE', { SET_OUTSIDE: 'inside', A: 'outside' }),

  line('\uFEFFA=x', { A: 'x' }),
  line('A=x\r\nB="y"\r\nC=\'z\' \r\n', { A: 'x', B: 'y', C: 'z' }),
  line('A="one\r\ntwo"\r\n', { A: 'one\r\ntwo' }),

  line('two words\n'),
  line('A B=x'),
  line('A?=x'),
  line('"A"=x'),
  line("A='it's'\n"),
  line("A='x"),
  line('A="x\nB=y\n'),
  line("A='ends with \\'"),
  line('A=${NOWHERE:?is missing}'),
  line('A=${'),
  line('A=${SET_OUTSIDE'),
  line('A=${5}'),
  line('A=${SET_OUTSIDE.b}'),
  line('A="${NOWHERE:-one\ntwo}"'),
];
