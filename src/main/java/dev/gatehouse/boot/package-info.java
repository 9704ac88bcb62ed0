/**
 * Puts the gateway together: reads and checks its configuration, builds the rooms, starts and stops
 * them in order, and tells whether it is healthy.
 *
 * <p>Owns the configuration: {@link dev.gatehouse.boot.GatehouseConfig} is all of it, and each room
 * gets a record of its own. Start order: database schema, control log, registrations and grants,
 * engine, access journal, deployed models, changes of other replicas, then the port. Stop order is
 * the reverse: readiness goes off, new calls are refused, running ones finish, then everything
 * closes, the journal and the control log last.
 *
 * <p>Threads: one for upkeep (metric slots, health, open streams), every second; streams are looked
 * at whenever another snapshot decides, too.
 *
 * <p>Bounds: draining takes at most {@code gatehouse.server.drain-timeout}.
 */
@NullMarked
package dev.gatehouse.boot;

import org.jspecify.annotations.NullMarked;
