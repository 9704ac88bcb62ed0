package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.TeamName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every registration and grant at one moment, indexed for decisions; immutable.
 *
 * <p>A decision costs a fixed number of hash lookups, whether the model exists or not and whether
 * something is granted or not, so that neither the answer nor the time it takes tells them apart.
 */
final class AccessSnapshot {

  private static final Decision DENIED = new Decision.Denied(new Refusal.AccessDenied());
  private static final Decision SUSPENDED = new Decision.Denied(new Refusal.CredentialInvalid());
  private static final Entry[] NO_ENTRIES = {};

  /** The first that allows something is the one that counts. */
  private static final Comparator<Grant> MOST_FAVOURABLE =
      Comparator.comparing(Grant::priority)
          .thenComparing(Grant::weight, Comparator.reverseOrder())
          .thenComparing(grant -> grant.id().value());

  /** What nobody is registered in; it decides while nothing has been loaded. */
  static final AccessSnapshot EMPTY = new AccessSnapshot(0, List.of(), List.of());

  private final long revision;
  private final Map<Principal, RegisteredCaller> callersByPrincipal;
  private final Map<CallerId, RegisteredCaller> callersById;
  private final Map<CallerId, Map<ModelName, Entry[]>> grantsByCaller;
  private final Map<TeamName, Map<ModelName, Entry[]>> grantsByTeam;

  private record Principal(String issuer, String subject) {}

  /** What of a grant decides; the answer is made in advance. */
  private record Entry(boolean infer, boolean readMetadata, Instant expireTime, Decision allowed) {
    boolean allows(Action action, Instant now) {
      boolean covers =
          switch (action) {
            case INFER -> infer;
            case READ_METADATA -> readMetadata;
          };
      return covers && now.isBefore(expireTime);
    }
  }

  AccessSnapshot(long revision, Collection<RegisteredCaller> callers, Collection<Grant> grants) {
    this.revision = revision;
    callersByPrincipal = HashMap.newHashMap(callers.size());
    callersById = HashMap.newHashMap(callers.size());
    for (RegisteredCaller caller : callers) {
      callersByPrincipal.put(new Principal(caller.issuer(), caller.subject()), caller);
      callersById.put(caller.id(), caller);
    }
    Map<CallerId, Map<ModelName, List<Entry>>> ofCallers = new HashMap<>();
    Map<TeamName, Map<ModelName, List<Entry>>> ofTeams = new HashMap<>();
    for (Grant grant : grants.stream().sorted(MOST_FAVOURABLE).toList()) {
      Map<ModelName, List<Entry>> ofGrantee =
          switch (grant.grantee()) {
            case Grantee.ToCaller to ->
                ofCallers.computeIfAbsent(to.caller(), key -> new HashMap<>());
            case Grantee.ToTeam to -> ofTeams.computeIfAbsent(to.team(), key -> new HashMap<>());
          };
      ofGrantee.computeIfAbsent(grant.model(), key -> new ArrayList<>()).add(entry(grant));
    }
    grantsByCaller = frozen(ofCallers);
    grantsByTeam = frozen(ofTeams);
  }

  private static Entry entry(Grant grant) {
    Set<Action> actions = grant.actions();
    boolean infer = actions.contains(Action.INFER);
    return new Entry(
        infer,
        infer || actions.contains(Action.READ_METADATA),
        grant.expireTime(),
        new Decision.Allowed(grant.id(), grant.weight(), grant.priority()));
  }

  private static <K> Map<K, Map<ModelName, Entry[]>> frozen(
      Map<K, Map<ModelName, List<Entry>>> grants) {
    Map<K, Map<ModelName, Entry[]>> result = HashMap.newHashMap(grants.size());
    grants.forEach(
        (grantee, models) -> {
          Map<ModelName, Entry[]> arrays = HashMap.newHashMap(models.size());
          models.forEach((model, entries) -> arrays.put(model, entries.toArray(NO_ENTRIES)));
          result.put(grantee, arrays);
        });
    return result;
  }

  /** The database's count of changes which this has seen. */
  long revision() {
    return revision;
  }

  /** Who is registered under this principal, or null. */
  @Nullable RegisteredCaller principal(String issuer, String subject) {
    return callersByPrincipal.get(new Principal(issuer, subject));
  }

  /** Who is registered under this name, or null. */
  @Nullable RegisteredCaller caller(CallerId id) {
    return callersById.get(id);
  }

  /**
   * Whether the caller may do {@code action} to {@code model} at {@code now}.
   *
   * <p>Its registration is looked up again, since a stream may outlive it; the team that counts is
   * the present one. Being an administrator grants nothing.
   */
  Decision decide(CallerId id, ModelName model, Action action, Instant now) {
    RegisteredCaller caller = callersById.get(id);
    if (caller == null) {
      return DENIED;
    }
    if (caller.standing() != Standing.ACTIVE) {
      return SUSPENDED;
    }
    Decision own = first(grantsByCaller.get(id), model, action, now);
    Decision team = first(grantsByTeam.get(caller.team()), model, action, now);
    return own != null ? own : team != null ? team : DENIED;
  }

  private static @Nullable Decision first(
      @Nullable Map<ModelName, Entry[]> grants, ModelName model, Action action, Instant now) {
    Entry[] entries = grants == null ? NO_ENTRIES : grants.getOrDefault(model, NO_ENTRIES);
    for (Entry entry : entries) {
      if (entry.allows(action, now)) {
        return entry.allowed();
      }
    }
    return null;
  }
}
