package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.TeamName;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every registration and grant at one moment, indexed for decisions; immutable.
 *
 * <p>A decision costs a fixed number of hash lookups: see {@link GrantIndex}.
 */
final class AccessSnapshot {

  private static final Decision DENIED = new Decision.Denied(new Refusal.AccessDenied());
  private static final Decision SUSPENDED = new Decision.Denied(new Refusal.CredentialInvalid());
  private static final Authority WHOLE = new Authority.Whole();
  private static final Authority NO_AUTHORITY = new Authority.None(new Refusal.AccessDenied());
  private static final Authority SUSPENDED_AUTHORITY =
      new Authority.None(new Refusal.CredentialInvalid());

  /** What nobody is registered in; it decides while nothing has been loaded. */
  static final AccessSnapshot EMPTY =
      new AccessSnapshot(new Contents(0, List.of(), List.of(), List.of(), List.of(), List.of()));

  /**
   * What is read from the database at one moment.
   *
   * @param revision the count of changes that this has seen
   * @param callers all registrations
   * @param grants all grants
   * @param apiKeys all API keys
   * @param logouts all logins that were ended
   * @param restrictions what callers are held to
   */
  record Contents(
      long revision,
      Collection<RegisteredCaller> callers,
      Collection<Grant> grants,
      Collection<ApiKeyRecord> apiKeys,
      Collection<Logout> logouts,
      Collection<Restriction> restrictions) {}

  private final long revision;
  private final Map<Principal, RegisteredCaller> callersByPrincipal;
  private final Map<CallerId, RegisteredCaller> callersById;
  private final GrantIndex grants;
  private final Map<String, ApiKeyRecord> apiKeys;

  private final LogoutIndex logouts;
  private final RestrictionIndex restrictions;
  private final Set<String> clientIds;

  private record Principal(String issuer, String subject) {}

  AccessSnapshot(Contents contents) {
    this.revision = contents.revision();
    this.apiKeys = HashMap.newHashMap(contents.apiKeys().size());
    contents.apiKeys().forEach(key -> apiKeys.put(key.id(), key));
    this.logouts = new LogoutIndex(contents.logouts());
    this.restrictions = new RestrictionIndex(contents.restrictions());
    this.clientIds =
        contents.callers().stream()
            .map(RegisteredCaller::clientId)
            .filter(clientId -> !clientId.isEmpty())
            .collect(Collectors.toUnmodifiableSet());
    Collection<RegisteredCaller> callers = contents.callers();
    callersByPrincipal = HashMap.newHashMap(callers.size());
    callersById = HashMap.newHashMap(callers.size());
    for (RegisteredCaller caller : callers) {
      if (!caller.subject().isEmpty()) {
        callersByPrincipal.put(new Principal(caller.issuer(), caller.subject()), caller);
      }
      callersById.put(caller.id(), caller);
    }
    grants = new GrantIndex(contents.grants());
  }

  /** The database's count of changes which this has seen. */
  long revision() {
    return revision;
  }

  /** The logins that were ended. */
  LogoutIndex logouts() {
    return logouts;
  }

  /** What callers are held to. */
  RestrictionIndex restrictions() {
    return restrictions;
  }

  /** The clients that were made for callers. */
  Set<String> clientIds() {
    return clientIds;
  }

  /** Who is registered under this principal, or null. */
  @Nullable RegisteredCaller principal(String issuer, String subject) {
    return callersByPrincipal.get(new Principal(issuer, subject));
  }

  /** Who is registered under this name, or null. */
  @Nullable RegisteredCaller caller(CallerId id) {
    return callersById.get(id);
  }

  /** The API key of this name, ended ones included; or null. */
  @Nullable ApiKeyRecord apiKey(String id) {
    return apiKeys.get(id);
  }

  /**
   * Whether the caller may do {@code action} to {@code model} at {@code now}.
   *
   * <p>Its registration is looked up again, since a stream may outlive it; the team that counts is
   * the present one. Being an administrator, or of the team that owns the model, grants nothing.
   *
   * @param strongerLogin the answer to a person who would be allowed after a stronger login
   */
  Decision decide(
      Caller asking, ModelName model, Action action, Instant now, Decision.Denied strongerLogin) {
    RegisteredCaller caller = callersById.get(asking.id());
    if (caller == null) {
      return DENIED;
    }
    if (caller.standing() != Standing.ACTIVE) {
      return SUSPENDED;
    }
    return switch (grants.verdict(asking, caller.team(), model, action, now)) {
      case GrantIndex.Verdict.Allowed(Decision.Allowed decision) -> decision;
      case GrantIndex.Verdict.Other.TOO_WEAK -> mayStepUp(asking) ? strongerLogin : DENIED;
      case GrantIndex.Verdict.Other.DENIED, GrantIndex.Verdict.Other.UNSAID -> DENIED;
    };
  }

  /**
   * On what ground the caller administers {@code model} at {@code now}, as far as {@code action}
   * says.
   *
   * @param owner the team that owns the model, or null if there is no such model
   * @param strongerLogin the answer to a person who would be allowed after a stronger login
   */
  Authority authority(
      Caller asking,
      ModelName model,
      @Nullable TeamName owner,
      Action action,
      Instant now,
      Decision.Denied strongerLogin) {
    RegisteredCaller caller = callersById.get(asking.id());
    if (caller == null) {
      return NO_AUTHORITY;
    }
    if (caller.standing() != Standing.ACTIVE) {
      return SUSPENDED_AUTHORITY;
    }
    GrantIndex.Verdict verdict = grants.verdict(asking, caller.team(), model, action, now);
    boolean undeniable = asking.administrator() && action == Action.ADMINISTER_GRANTS;
    if (verdict == GrantIndex.Verdict.Other.DENIED && !undeniable) {
      return NO_AUTHORITY;
    }
    if (asking.administrator() || caller.team().equals(owner)) {
      return WHOLE;
    }
    return switch (verdict) {
      case GrantIndex.Verdict.Allowed(Decision.Allowed decision) ->
          new Authority.Delegated(decision.grant());
      case GrantIndex.Verdict.Other.TOO_WEAK ->
          mayStepUp(asking) ? new Authority.None(strongerLogin.refusal()) : NO_AUTHORITY;
      case GrantIndex.Verdict.Other.DENIED, GrantIndex.Verdict.Other.UNSAID -> NO_AUTHORITY;
    };
  }

  /** Only people can log in once more. */
  private static boolean mayStepUp(Caller asking) {
    return asking.kind() == CallerKind.PERSON;
  }
}
