/**
 * What models there are: names, immutable versions, deployments, default versions, and the
 * artifacts they consist of.
 *
 * <p>Owns the tables of {@code V1__registry.sql} and {@code V9__replicas.sql} and the artifact
 * store. Facades are {@link dev.gatehouse.registry.Registry} (models and versions), {@link
 * dev.gatehouse.registry.Deployments} (which versions shall run, and whether they do) and {@link
 * dev.gatehouse.registry.Replicas} (which processes share all this); artifacts go through {@link
 * dev.gatehouse.registry.ArtifactStore}. Entities stay in this room: facades take and return
 * records.
 *
 * <p>Threads: facades are called by any thread and block on the database. What changes something
 * demands a transaction that the caller has opened, and writes before it returns, so that whatever
 * is wrong shows inside the call and not at the commit. Each such method first locks the row of its
 * model; changes of one model therefore happen one after the other, and what a method checked still
 * holds when it writes. A refusal of a changing method dooms the transaction; a refusal of a
 * reading method does not. Locks are taken in the order model row, artifact digest, count of
 * deployments, row of a replica, counter of changes.
 *
 * <p>Invariants, held by constraints of the database as well: a version never changes after it was
 * added; a default version is a version of its model; a version that is not meant to be deployed is
 * {@code UNDEPLOYED}. An artifact that a version refers to is in the store: {@code addVersion} and
 * {@code deleteArtifactIfUnused} exclude each other for one digest.
 *
 * <p>A replica is dead after {@link dev.gatehouse.registry.Replicas#SILENCE_MAX} without a
 * heartbeat, by the clock of the database, and an attempt to deploy that it had not finished is
 * another's then. A replica that only seems dead does no harm: its outcome names an attempt that is
 * over, and is refused.
 *
 * <p>Bounds: {@link dev.gatehouse.registry.RegistrySettings} (versions a model, deployed versions),
 * {@link dev.gatehouse.registry.Page#SIZE_MAX}, the text lengths of {@link
 * dev.gatehouse.registry.Model}, {@link dev.gatehouse.registry.ModelVersion#FAILURE_LENGTH_MAX},
 * those of {@link dev.gatehouse.registry.DeploymentSettings} and {@link
 * dev.gatehouse.registry.Canary}, and of {@link dev.gatehouse.registry.FolderArtifactStore} the
 * size of an artifact and the number of uploads.
 */
@NullMarked
package dev.gatehouse.registry;

import org.jspecify.annotations.NullMarked;
