import type { OutageRule } from './types.ts';

export interface ActiveOutage extends OutageRule {
  id: number;
  /** Requests it will still hit; absent: until cleared. */
  left: number | undefined;
}

export interface Call {
  bot: string;
  method: string;
  chatId: number | undefined;
}

/** The scripted troubles, in the order they were added. */
export class Outages {
  readonly #active: ActiveOutage[] = [];
  #lastId = 0;

  /** Throws a RangeError for a count that can hit nothing. */
  add(rule: OutageRule): number {
    const { times } = rule;
    if (times !== undefined && (!Number.isInteger(times) || times < 1)) {
      throw new RangeError(`outage.times is ${times}; give a whole number from 1, or leave it out`);
    }
    this.#lastId += 1;
    this.#active.push({ ...rule, id: this.#lastId, left: times });
    return this.#lastId;
  }

  /** Without an id, all of them. */
  clear(id?: number): void {
    const kept = id === undefined ? [] : this.#active.filter((outage) => outage.id !== id);
    this.#active.splice(0, this.#active.length, ...kept);
  }

  list(): ActiveOutage[] {
    return this.#active.map((outage) => ({ ...outage }));
  }

  /** The rule that hits this call, counted down; undefined when the call is spared. */
  hit(call: Call): OutageRule | undefined {
    const outage = this.#active.find((candidate) => matches(candidate, call));
    if (outage?.left === undefined) return outage;
    outage.left -= 1;
    if (outage.left === 0) this.clear(outage.id);
    return outage;
  }
}

function matches(rule: OutageRule, call: Call): boolean {
  const sameMethod = rule.method === undefined || rule.method.toLowerCase() === call.method.toLowerCase();
  const sameChat = rule.chatId === undefined || rule.chatId === call.chatId;
  return sameMethod && sameChat && (rule.bot === undefined || rule.bot === call.bot);
}
