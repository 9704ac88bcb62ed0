/**
 * Signals from who calls what, how often, from where, and how that ended; no tensor is looked at.
 *
 * <p>Owns, for each caller, sliding windows over its calls, what it named, where it called from and
 * with what, and what is usual for it. {@link dev.gatehouse.abuse.traffic.CallerTable} takes the
 * calls that ended and tells {@link dev.gatehouse.abuse.traffic.TrafficSignals}, immutable records;
 * what to make of them is for the rules. docs/security/abuse.md defines each signal.
 *
 * <p>Threads: one, that of the watch, observes and reads. Time is given with each observation and
 * reading; no clock is read, so that the same calls always give the same signals.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Time never goes back here: what comes late counts as now, a clock that is set back goes on
 *       from where it was, and a jump ahead empties windows without a spike in any rate.
 *   <li>What is far from usual teaches little, so that an attack does not become the baseline; and
 *       times without calls teach nothing.
 *   <li>A signal that cannot be said is empty, never 0.
 *   <li>Names and credentials are kept as hashes under a key of the process, which no caller can
 *       make collide; nothing of a caller's text is kept.
 *   <li>A pinned caller is never forgotten.
 * </ul>
 *
 * <p>Bounds: {@link dev.gatehouse.abuse.traffic.TrafficSettings#callersMax} callers, {@link
 * dev.gatehouse.abuse.traffic.TrafficSettings#pinnedMax} of them pinned; for each caller {@link
 * dev.gatehouse.abuse.traffic.TrafficWatch#STATE_BYTES_MAX} bytes: the windows of {@code Windows},
 * {@link dev.gatehouse.abuse.traffic.TrafficWatch#MODELS_MAX} names, {@link
 * dev.gatehouse.abuse.traffic.TrafficWatch#NETWORKS_MAX} networks and {@link
 * dev.gatehouse.abuse.traffic.TrafficWatch#CREDENTIALS_MAX} credentials; {@code
 * ModelCosts.MODELS_MAX} models' costs; names are hashed up to {@code KeyedHash.CHARS_MAX}
 * characters.
 */
@NullMarked
package dev.gatehouse.abuse.traffic;

import org.jspecify.annotations.NullMarked;
