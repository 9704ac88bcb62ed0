package dev.gatehouse.core;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** A set of rights that a token and the caller's registration must both name. */
public enum Role {
  /** A service that runs models it was granted. */
  CALLER(EnumSet.of(Right.INFER)),
  /** A person or pipeline that brings models and shares them. */
  PUBLISHER(
      EnumSet.of(
          Right.INFER, Right.READ_MODELS, Right.PUBLISH_MODELS, Right.READ_GRANTS, Right.GRANT)),
  /** A person who looks at what everybody may do, in all teams, and may take it back. */
  AUDITOR(
      EnumSet.of(
          Right.READ_MODELS,
          Right.READ_GRANTS,
          Right.READ_CALLERS,
          Right.REVIEW_ACCESS,
          Right.READ_AUDIT)),
  /** A person or program that stops callers in an emergency, in all teams. */
  RESPONDER(EnumSet.of(Right.READ_CALLERS, Right.SUSPEND_CALLERS)),
  /** A person who runs the gateway, for all teams; whom auditors watch, and who is none by that. */
  ADMINISTRATOR(EnumSet.complementOf(EnumSet.of(Right.READ_AUDIT)));

  @SuppressWarnings("ImmutableEnumChecker") // an unmodifiable copy
  private final Set<Right> rights;

  Role(Set<Right> rights) {
    this.rights = Set.copyOf(rights);
  }

  /** The rights of this role. */
  public Set<Right> rights() {
    return rights;
  }

  /** The name under which a token carries it: {@code caller}, {@code publisher}, and so on. */
  public String claim() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role a token names so, or empty when it names something else. */
  public static Optional<Role> ofClaim(String claim) {
    for (Role role : values()) {
      if (role.claim().equals(claim)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
