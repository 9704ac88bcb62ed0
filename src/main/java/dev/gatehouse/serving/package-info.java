/**
 * The use cases, free of transport: run a model, and administer models, versions, callers and
 * grants.
 *
 * <p>Opens the transaction of every change and has it recorded; hands the batcher of each deployed
 * version a runner made of the engine, so that neither knows the other; turns what both report into
 * metrics.
 *
 * <p>An inference passes: decision, lookup of the version, checks of the tensors, permit of the
 * batcher, place in the audit record, queue. It is refused at the first that says no, and has cost
 * the later ones nothing.
 *
 * <p>Threads: inference runs on the caller's thread up to the queue and ends on a batcher's thread;
 * deployments run one after another on a thread of {@link dev.gatehouse.serving.Deployer}.
 * Administration blocks its caller's thread.
 *
 * <p>Invariants: every inference ends with exactly one answer or refusal; once its permit and its
 * place in the record are taken, both are given back exactly once; a version is closed only after
 * its batcher has stopped. Default version, canaries and running versions of a model change in one
 * step, and a version drains only after it has left the table; so a call that finds it draining
 * finds its successor when it looks again.
 *
 * <p>Bounds: deployments that wait, {@link dev.gatehouse.serving.Deployer#WAITING_MAX}; the time a
 * version may take to load, {@link dev.gatehouse.serving.Deployer#LOAD_LIMIT}; to drain, {@link
 * dev.gatehouse.serving.Deployer#DRAIN_LIMIT}; the sizes of batches counted apart, {@code
 * VersionStatistics#BATCH_SIZES_MAX}; the entries of the repository's index, {@link
 * dev.gatehouse.serving.Repository#INDEX_ENTRIES_MAX}; and those who wait for a version to be
 * loaded, {@link dev.gatehouse.serving.Repository#LOADS_WAITING_MAX}, for at most {@link
 * dev.gatehouse.serving.Repository#LOAD_WAIT_MAX}.
 */
@NullMarked
package dev.gatehouse.serving;

import org.jspecify.annotations.NullMarked;
