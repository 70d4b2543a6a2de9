/**
 * Imported for its effect, before anything else, by every program here that connects: it holds for `node:net`, and so
 * for HTTP, TLS, PostgreSQL, Redis, SMTP and `fetch`.
 *
 * Node tries the addresses of a name one after the other, and gives up each but the last after 250 ms. Where the way
 * is longer than that and the last address is an IPv6 one that leads nowhere, no connection is ever made.
 * https://nodejs.org/api/net.html#netsetdefaultautoselectfamilyattempttimeouttimeout
 */
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

/**
 * The kernel repeats a lost SYN after 1 s (RFC 6298): 2 s are enough for one that was lost and a way of 1 s. Where the
 * first address swallows everything, the next one has 3 s left of the shortest deadline for another machine, 5 s.
 */
export const NEXT_ADDRESS_AFTER_MS = 2_000;

setDefaultAutoSelectFamilyAttemptTimeout(NEXT_ADDRESS_AFTER_MS);
