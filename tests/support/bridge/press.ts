import { CHAT_ID } from './bridge.ts';
import type { MessageView, TelegramFake } from '../telegram/index.ts';
import { until } from '../machine/until.ts';

/** What a button under a message says to the bot. @throws Error when there is none of that label */
export function button({ buttons }: MessageView, label: string): string {
  const found = buttons.flat().find(({ text }) => text.includes(label));
  if (found?.callback_data === undefined) {
    throw new Error(`no button ${label} among ${JSON.stringify(buttons)}`);
  }
  return found.callback_data;
}

/** Presses a button and waits for the answer that whoever pressed sees. */
export async function press(telegram: TelegramFake, message: MessageView, label: string): Promise<string> {
  const data = button(message, label);
  const query = telegram.press(CHAT_ID, { message_id: message.message_id, data });
  const answer = await until(
    () => telegram.callbackAnswer(query),
    (given) => given !== undefined,
    { what: `an answer to "${label}"`, timeoutMs: 200_000 },
  );
  return answer?.text ?? '';
}
