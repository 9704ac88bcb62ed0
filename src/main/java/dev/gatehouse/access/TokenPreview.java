package dev.gatehouse.access;

import dev.gatehouse.core.Role;
import java.util.Set;

/**
 * What the tokens say that a client gets for itself now.
 *
 * @param subject their {@code sub}
 * @param audiences their {@code aud}
 * @param roles those of their roles that mean something here
 */
record TokenPreview(String subject, Set<String> audiences, Set<Role> roles) {

  /** Copies the sets. */
  TokenPreview {
    audiences = Set.copyOf(audiences);
    roles = Set.copyOf(roles);
  }
}
