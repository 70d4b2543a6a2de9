import type { Thread } from '../thread.ts';

/**
 * One thread of two that bridges have kept apart while they could not speak to each other. The message, and what both
 * know, is the other's; what only this one knows is kept.
 */
export function mergeThreads(own: Thread, other: Thread): Thread {
  if (own.kind === 'alerts' && other.kind === 'alerts') {
    return {
      ...other,
      openedAt: Math.min(own.openedAt, other.openedAt),
      members: { ...own.members, ...other.members },
      count: Math.max(own.count, other.count),
    };
  }
  if (own.kind === 'events' && other.kind === 'events') {
    const newest = own.lastAt > other.lastAt ? own : other;
    return {
      ...other,
      body: newest.body,
      firstAt: Math.min(own.firstAt, other.firstAt),
      lastAt: newest.lastAt,
      count: Math.max(own.count, other.count),
    };
  }
  return other;
}
