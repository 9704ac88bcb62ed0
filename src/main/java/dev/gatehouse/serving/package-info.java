/**
 * The use cases, free of transport: run a model, administer models, versions, callers, API keys and
 * grants, review what was granted, and hold callers to less.
 *
 * <p>Opens the transaction of every change and has it recorded; hands the batcher of each deployed
 * version a runner made of the engine, so that neither knows the other; turns what both report into
 * metrics.
 *
 * <p>An inference passes: decision, lookup of the version, checks of the tensors and of the grant's
 * output policies, throttle, quota, permit of the batcher, its intent recorded, queue. It is
 * refused at the first that says no, and has cost the later ones nothing; the earlier ones get back
 * what it took. Of what the model gives, the caller gets what the output policies give, and only
 * once the intent is on disk, unless the model's record is best effort. Whatever becomes of it,
 * what was begun in the record is ended once.
 *
 * <p>What runs here follows the registry, whichever replica changed it: {@code Convergence} looks
 * at what is meant to run and has the rest loaded and taken down. The replica that was asked for a
 * deployment owns it and notes its outcome; the others only load what is ready.
 *
 * <p>Threads: inference runs on the caller's thread up to the queue, or from where it has waited
 * for quota on one of {@code access}; large inputs of models that ask for digests are digested on
 * {@code gatehouse-digests}, and the call goes on there. It ends on a batcher's thread or one of
 * the journal's; versions are loaded one after another on a thread of {@link
 * dev.gatehouse.serving.Deployer}; one thread converges, one says to other replicas that this one
 * lives; {@code gatehouse-clients} disables clients at the identity provider whose callers the
 * policy quarantined. Administration blocks its caller's thread.
 *
 * <p>Invariants: every inference ends with exactly one answer or refusal; once its permit and its
 * place in the record are taken, both are given back exactly once, as is its quota of calls in
 * flight; an answer that cannot be reduced as the grant wants it is not given; a version is closed
 * only after its batcher has stopped. Default version, canaries and running versions of a model
 * change in one step, and a version drains only after it has left the table; so a call that finds
 * it draining finds its successor when it looks again. A default that is ready on another replica
 * and does not run here yet is stood in for by the former one.
 *
 * <p>Who administers a model is decided in one place, {@link dev.gatehouse.serving.Ownership}.
 *
 * <p>Bounds: deployments that wait, {@link dev.gatehouse.serving.Deployer#WAITING_MAX}; the time a
 * version may take to load, {@link dev.gatehouse.serving.Deployer#LOAD_LIMIT}; to drain, {@link
 * dev.gatehouse.serving.Deployer#DRAIN_LIMIT}; the sizes of batches counted apart, {@code
 * VersionStatistics#BATCH_SIZES_MAX}; the time a former default stands in, {@code
 * ModelTable#STAND_IN_MAX}; pauses between rounds, {@code Convergence#PAUSE}, and between attempts
 * to load what could not be, {@code LocalLoads#RETRY_MIN} to {@code LocalLoads#RETRY_MAX}; attempts
 * to note an outcome, {@code Outcomes#NOTE_TRIES_MAX}; the entries of the repository's index,
 * {@link dev.gatehouse.serving.Repository#INDEX_ENTRIES_MAX}; and those who wait for a version to
 * be loaded, {@link dev.gatehouse.serving.Repository#LOADS_WAITING_MAX}, for at most {@link
 * dev.gatehouse.serving.Repository#LOAD_WAIT_MAX}; the pieces of a report, {@link
 * dev.gatehouse.serving.AccessReviewExport#PIECE_BYTES_MAX}; inputs digested on the thread that
 * brings them, {@code Serving#DIGESTED_ELSEWHERE_BYTES_MIN}, and calls that wait to be digested
 * elsewhere, {@code Serving#DIGESTS_WAITING_MAX}; the calls that a simulation of rules looks at,
 * {@link dev.gatehouse.serving.RuleSimulation#CALLS_MAX}, over at most {@code SPAN_MAX}, and its
 * lines, {@code LINES_MAX}; one runs at a time; clients that wait to be disabled, {@code
 * ClientStops#WAITING_MAX}.
 */
@NullMarked
package dev.gatehouse.serving;

import org.jspecify.annotations.NullMarked;
