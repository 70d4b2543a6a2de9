import { existsSync, readFileSync } from 'node:fs';
import { systemClock } from '../../common/time/clock.ts';
import { HttpError } from '../../common/http/errors.ts';
import { OperatorError } from '../../common/process/operator-error.ts';
import { createRedactor } from '../../common/redact/redact.ts';
import { commandsOf } from '../../common/text/commands.ts';
import { parseJson } from '../../common/text/json.ts';
import { restoreBudget } from '../telegram/sender.ts';
import type { BridgeConfig } from '../config/config.ts';
import { explain, type ExplainDependencies } from './explain.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { createRenderer } from '../notify/render.ts';

/** What the bridge keeps, to be played with. */
export interface KeptCopy {
  /** Of the file it is a copy of. */
  readonly path: string;
  /** Empty where nothing is kept. @throws OperatorError when it cannot be read. */
  readonly open: () => Outbox;
}

/**
 * `npm run check-config -- --explain payload.json`: says on stdout what would happen to the payload, after all that the
 * chats were told so far. Reads what the bridge keeps, whether it runs or not, and changes nothing.
 * @throws OperatorError for a file that holds no payload, and for a state that cannot be read.
 */
export function explainIfAsked(config: BridgeConfig, { path, open }: KeptCopy): void {
  const payload = payloadToExplain(process.argv);
  if (payload === undefined) return;
  const outbox = open();
  const redactor = createRedactor({ secrets: config.secrets });
  const explanation = explained(payload, {
    ...config,
    chats: config.telegram.chats,
    outbox,
    budget: restoreBudget(outbox.state),
    render: createRenderer({
      ...config,
      redact: (text) => redactor.text(text),
      commands: commandsOf(config.installation),
      onFailure: (error) => {
        throw error;
      },
    }),
    now: systemClock.now(),
  });
  const known = existsSync(path)
    ? `What was told so far: ${path}`
    : `${path} is not there: nothing was told so far`;
  process.stdout.write(redactor.text(`${known}\n${explanation}\n`));
}

function explained(payload: unknown, dependencies: ExplainDependencies): string {
  try {
    return explain(payload, dependencies);
  } catch (error) {
    if (error instanceof HttpError) throw new OperatorError(`The payload would be refused: ${error.message}`);
    throw error;
  }
}

/** The payload of `--explain <file>`; undefined when nothing is to be explained. */
function payloadToExplain(args: readonly string[]): unknown {
  const at = args.indexOf('--explain');
  if (at < 0) return undefined;
  const path = args[at + 1];
  if (path === undefined) throw new OperatorError('--explain: name a file that holds a payload in JSON.');
  try {
    return parseJson(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new OperatorError(`${path} cannot be read as JSON: ${error instanceof Error ? error.message : ''}`);
  }
}
