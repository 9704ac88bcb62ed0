/**
 * Who is calling, and what they may do.
 *
 * <p>Owns the registered callers, their API keys, the grants and what callers are held to for a
 * while (tables {@code access_*}), the check of OIDC bearer tokens and API keys, the decision
 * whether a caller may do something to a model, when keys and grants were last used, and the
 * reviews of what was granted. Facades: {@link dev.gatehouse.access.Authenticator} and {@link
 * dev.gatehouse.access.AccessControl} for every call, {@link dev.gatehouse.access.Callers}, {@link
 * dev.gatehouse.access.ApiKeys}, {@link dev.gatehouse.access.Grants}, {@link
 * dev.gatehouse.access.Restrictions} and {@link dev.gatehouse.access.AccessReviews} for
 * administration.
 *
 * <p>Threads: authentication and decisions run on the thread of the call and take no lock; they
 * read one immutable {@link dev.gatehouse.access.AccessSnapshot} behind an atomic reference. One
 * thread of the room loads the snapshots, every few seconds and whenever it is told that something
 * changed, and tells listeners when another one decides; another sees to the issuer's keys; a third
 * writes once a minute what was used, which calls only note in memory; one leases quota; with an
 * identity provider that is administered, two more watch it. Administrative methods block on the
 * database; those that change anything demand the transaction of their caller, and are serialised
 * over all replicas by one advisory transaction lock.
 *
 * <p>Invariants: what is not granted is denied, and what one grant denies no other allows; what is
 * not there and what is forbidden cost the same lookups, see {@link
 * dev.gatehouse.access.GrantIndex}. Nobody grants more than it holds, see {@link
 * dev.gatehouse.access.Delegation}. A snapshot older than the configured age decides nothing any
 * more, since a revocation might have been missed. An active administrator remains. A grant that
 * allows ends, and each goes with its model or grantee. A caller has no role which its token or its
 * registration lacks. A token that is bound to a certificate counts on connections that showed it,
 * however often it was seen before; one bound to anything else counts nowhere. What asks for a
 * step-up is for people after a recent login with several factors, and for programs that are
 * allowed to, with a bound token. The database holds no API key, and none gives more than callers
 * and publishers may; an unknown one costs the work of a wrong one. Every replica has the keyset of
 * the others, or does not start. A line of a review is decided once. A restriction only takes away:
 * what it leaves of a decision is in {@link dev.gatehouse.access.Narrowing}; the strictest counts
 * that counts at that moment, a quarantined caller is told nothing but that it is, and of the
 * active administrators one remains that is not.
 *
 * <p>The identity provider: {@link dev.gatehouse.access.CallerClients} makes and changes the
 * clients of callers, {@link dev.gatehouse.access.IdentityWatch} watches what it takes back and
 * where it differs, {@link dev.gatehouse.access.Logouts} takes what it tells of logouts. None of
 * them is asked during a call: what they found out lies in memory, and the logouts in the snapshot.
 * No transaction is open while the identity provider is asked, and no secret that it made is kept.
 * Two threads of the room are theirs: one polls, one compares.
 *
 * <p>Quotas: {@link dev.gatehouse.access.Quotas} says whether a grant has any left. Its class
 * comment states how much all replicas together can grant. Request threads take tokens from memory
 * without a lock and never ask the database; up to {@link dev.gatehouse.access.Quotas#THREADS_MAX}
 * threads of the room do, one at a time for a grant, and one sees to calls that have waited too
 * long. Buckets ({@code access_quota_buckets}) go with their grant.
 *
 * <p>Bounds: {@link dev.gatehouse.access.Quotas#TANKS_MAX} grants with quotas in use, {@link
 * dev.gatehouse.access.QuotaTank#WAITING_MAX} calls that wait for one for at most {@link
 * dev.gatehouse.access.Quotas#WAIT_MAX}, {@link dev.gatehouse.access.QuotaSettings#leasePercent} of
 * a quota held, {@link dev.gatehouse.access.Quotas#IDLE_MAX} without use, {@link
 * dev.gatehouse.access.QuotaTable#ANSWER_MAX} a question; {@link
 * dev.gatehouse.access.TokenShape#TOKEN_CHARS_MAX}, {@link
 * dev.gatehouse.access.AccessSettings#tokenCacheEntriesMax}, {@link
 * dev.gatehouse.access.TokenMemory#RETENTION_MAX}, {@link
 * dev.gatehouse.access.CallerConnection#ENTRIES_MAX}, {@link
 * dev.gatehouse.access.Fields#PAGE_SIZE_MAX}, {@link
 * dev.gatehouse.access.Fields#DISPLAY_NAME_CHARS_MAX}, {@link
 * dev.gatehouse.access.GrantConditions#SOURCE_NETWORKS_MAX}, {@link
 * dev.gatehouse.access.OutputPolicy#POLICIES_MAX}, {@link
 * dev.gatehouse.access.SnapshotKeeper#REFRESH_WAIT_MAX}, {@link
 * dev.gatehouse.access.AccessSettings#TOKEN_LIFETIME_MAX}, {@link
 * dev.gatehouse.access.KeycloakAdministration#ANSWER_MAX} a request, {@link
 * dev.gatehouse.access.IdentityProvider#CLIENTS_MAX}, {@link
 * dev.gatehouse.access.IdentityWatch#DRIFTS_MAX}, {@link
 * dev.gatehouse.access.KeycloakSettings#LOGOUT_CLIENTS_MAX}, {@link
 * dev.gatehouse.access.LogoutTokens#AGE_MAX}, {@link dev.gatehouse.access.Logouts#SESSIONS_MAX} for
 * {@link dev.gatehouse.access.Logouts#RETENTION}, {@link dev.gatehouse.access.Logouts#REPLAYS_MAX},
 * {@link dev.gatehouse.access.PresentedApiKey#CHARS_MAX}, {@link
 * dev.gatehouse.access.ApiKeys#ACTIVE_MAX}, {@link dev.gatehouse.access.ApiKeys#KEPT_MAX}, {@link
 * dev.gatehouse.access.ApiKeys#OVERLAP_MAX}, {@link dev.gatehouse.access.AccessUses#USES_MAX},
 * {@link dev.gatehouse.access.UseRows#ROWS_MAX}, {@link
 * dev.gatehouse.access.AccessReviews#LINES_MAX}, {@link
 * dev.gatehouse.access.AccessReviews#OPEN_MAX}, {@link
 * dev.gatehouse.access.AccessReviews#COMMENT_CHARS_MAX}, {@link
 * dev.gatehouse.access.Restrictions#DURATION_MAX}, {@link
 * dev.gatehouse.access.Restrictions#REASON_CHARS_MAX}; one {@link dev.gatehouse.access.RowThrottle}
 * for each caller that is restricted.
 */
@NullMarked
package dev.gatehouse.access;

import org.jspecify.annotations.NullMarked;
