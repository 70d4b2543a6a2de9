/** Who is told what, and how: the first route whose matchers all hold; else the one for everything. Pure. */
import type { Policy } from './decide.ts';
import {
  OWN_FAMILY,
  severityOf,
  severityOfLabel,
  shortKey,
  type NewSignal,
  type Severity,
} from '../model/signal.ts';
import type { Matcher } from './matchers.ts';

export interface Route {
  /** For people: `default`, or its matchers. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** Keys of the chats that are told, at least one. */
  readonly chats: readonly string[];
  /** Labels that make two alerts "the same"; undefined: as their source groups them. */
  readonly groupBy: readonly string[] | undefined;
  readonly policy: Policy;
}

export type Labelled = Pick<NewSignal, 'severity' | 'body'>;

export interface Routing {
  /** Never none: what no route matches goes to the default one. */
  routeOf(signal: Pick<NewSignal, 'severity' | 'body'>): Route;
  /** The signal with the severity that its label stands for, and with the type that its route groups it by. */
  classify(signal: NewSignal): NewSignal;
  /** What the label `severity` of an alert stands for. */
  readonly severityOf: (label: string | undefined) => Severity;
  readonly fallback: Route;
  /** Whether any route has an escalation. */
  readonly escalates: boolean;
}

/** @param severityWords what severities are called, in lower case; by default as rules commonly do */
export function createRouting(
  routes: readonly Route[],
  fallback: Route,
  severityWords?: ReadonlyMap<string, Severity>,
): Routing {
  const severityOfWord = (label: string | undefined): Severity => severityOfLabel(label, severityWords);
  const withSeverity = (signal: NewSignal): NewSignal => {
    const { body } = signal;
    if (severityWords === undefined || body.kind !== 'alert') return signal;
    const severity = severityOfWord(body.labels['severity']);
    return severity === severityOf(body) ? signal : { ...signal, severity, body: { ...body, severity } };
  };
  const routeOf: Routing['routeOf'] = (signal) => {
    const label = labelsOf(signal);
    return (
      routes.find(({ matchers }) => matchers.every((matcher) => matcher.test(label(matcher.label)))) ??
      fallback
    );
  };
  return {
    routeOf,
    severityOf: severityOfWord,
    classify: (told) => {
      const signal = withSeverity(told);
      const { groupBy } = routeOf(signal);
      if (groupBy === undefined || signal.body.kind !== 'alert') return signal;
      const label = labelsOf(signal);
      const group = groupBy.map((name) => `${name}=${JSON.stringify(label(name))}`);
      const family = signal.type.startsWith(`${OWN_FAMILY}:`) ? OWN_FAMILY : 'alert';
      return { ...signal, type: shortKey(`${family}:{${group.join(',')}}`) };
    },
    fallback,
    escalates: [...routes, fallback].some(({ policy }) => policy.escalation !== undefined),
  };
}

/** An alert by its labels; an event by its kind, as `event`, and what else names it. Both by their severity. */
export function labelsOf({ body, severity }: Labelled): (name: string) => string {
  const labels = new Map<string, string>(
    Object.entries(body.kind === 'alert' ? body.labels : { event: body.kind }),
  );
  if (body.kind === 'critical_error') labels.set('error_type', body.errorType);
  if (body.kind === 'custom') labels.set('title', body.title);
  labels.set('severity', severity);
  return (name) => labels.get(name) ?? '';
}
