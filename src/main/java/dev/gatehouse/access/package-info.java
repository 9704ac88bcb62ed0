/**
 * Who is calling, and what they may do.
 *
 * <p>Owns the registered callers and the grants (tables {@code access_*}), the check of OIDC bearer
 * tokens, and the decision whether a caller may do something to a model. Facades: {@link
 * dev.gatehouse.access.Authenticator} and {@link dev.gatehouse.access.AccessControl} for every
 * call, {@link dev.gatehouse.access.Callers} and {@link dev.gatehouse.access.Grants} for
 * administration.
 *
 * <p>Threads: authentication and decisions run on the thread of the call and take no lock; they
 * read one immutable {@link dev.gatehouse.access.AccessSnapshot} behind an atomic reference. One
 * thread of the room loads the snapshots, another sees to the issuer's keys. Administrative methods
 * block on the database; those that change anything demand the transaction of their caller, and are
 * serialised over all replicas by one advisory transaction lock.
 *
 * <p>Invariants: what is not granted is denied. A snapshot older than the configured age decides
 * nothing any more, since a revocation might have been missed. An active administrator remains. A
 * grant ends, and goes with its model or grantee. A caller has no role which its token or its
 * registration lacks.
 *
 * <p>Bounds: {@link dev.gatehouse.access.TokenShape#TOKEN_CHARS_MAX}, {@link
 * dev.gatehouse.access.AccessSettings#tokenCacheEntriesMax}, {@link
 * dev.gatehouse.access.TokenMemory#RETENTION_MAX}, {@link
 * dev.gatehouse.access.ConnectionCredentials#ENTRIES_MAX}, {@link
 * dev.gatehouse.access.Fields#PAGE_SIZE_MAX}, {@link
 * dev.gatehouse.access.Fields#DISPLAY_NAME_CHARS_MAX}, {@link
 * dev.gatehouse.access.SnapshotKeeper#REFRESH_WAIT_MAX}.
 */
@NullMarked
package dev.gatehouse.access;

import org.jspecify.annotations.NullMarked;
