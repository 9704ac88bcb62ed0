/**
 * The meters of Gatehouse, under stable names and with bounded label sets.
 *
 * <p>Owns the names, and the decision which caller is shown under its own id. A caller holds one of
 * a fixed number of slots or counts as {@code other}; who is not registered counts as {@code
 * unregistered}. Registered callers and models of these very names count as {@code other} too, so
 * that a label never means two things.
 *
 * <p><b>How increments keep their sum.</b> Each increment goes to the slot held at that instant,
 * and nothing is ever moved from one series to another, so {@code other} never jumps. A slot is
 * exchanged in two rounds of {@link dev.gatehouse.metrics.GatewayMetrics#maintain}: in the first
 * its series stop moving (the caller's increments go to {@code other}) but stay in place; in the
 * next, at least one {@link dev.gatehouse.metrics.MetricsSettings#roundDuration} later, they are
 * removed and the slot is given away. A scraper that comes at least once a round has therefore seen
 * the last value of each series that goes, and the increments it saw sum to the total. Pairs of
 * caller and model are exchanged the same way. None of them comes back in the round in which it was
 * removed, so that such a scraper also sees that it was gone, and does not take the new series for
 * a continuation of the old one. A series is closed before it is removed: an increment that comes
 * later, by a thread that was held up in between, is turned away and goes to {@code other}.
 *
 * <p>Gauges of a caller, and of a pair, are there for who has a label of its own only, from when a
 * value is first told; they go with the slot or the pair at once when it is closed, since nothing
 * is to be added up, and when they were not told for {@code Gauges.ROUNDS_UNTOLD_MAX} rounds.
 *
 * <p>Threads: any thread increments. Increments take no lock, except for the first use of a series
 * and, for a caller without a slot, an attempt at the lock of its stripe of the candidates which is
 * given up if it is held. Gauges are told, and findings counted, under a lock, by the threads of
 * the watch. Structure (which series exist) is guarded by one lock per instance. The owner calls
 * {@code maintain} from one timer.
 *
 * <p>Bounds: {@link dev.gatehouse.metrics.MetricsSettings#callerSlotsMax} callers besides the two
 * common labels, each with {@link dev.gatehouse.core.Outcome#COUNT} outcomes at most, 5 more
 * counters and 6 gauges; {@link dev.gatehouse.metrics.MetricsSettings#callerModelPairsMax} pairs of
 * caller and model, each with the 5 counters of {@code PairSeries.COUNTERS} and 2 gauges, and one
 * pair with the model {@code other}, without gauges, for each caller label; {@link
 * dev.gatehouse.metrics.MetricsSettings#modelVersionsMax} open versions, those beyond counting
 * under the model and version {@code other}; {@code CandidateSketch.STRIPES} × {@code
 * CandidateSketch.STRIPE_SIZE} callers watched for a slot; {@code WatchSeries.RULES_MAX} rules,
 * those beyond counting as {@code other}, each with 3 severities at most.
 */
@NullMarked
package dev.gatehouse.metrics;

import org.jspecify.annotations.NullMarked;
