package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import java.util.List;

/**
 * To which calls a grant applies.
 *
 * @param sourceNetworks those that come from one of these; from anywhere if there is none; at most
 *     {@link #SOURCE_NETWORKS_MAX}
 * @param minimumStrength those whose login is at least that strong
 */
public record GrantConditions(
    List<Network> sourceNetworks, AuthenticationStrength minimumStrength) {

  /** The most networks of a grant. */
  public static final int SOURCE_NETWORKS_MAX = 16;

  /** All calls. */
  public static final GrantConditions NONE =
      new GrantConditions(List.of(), AuthenticationStrength.API_KEY);

  /** Copies the networks. */
  public GrantConditions {
    sourceNetworks = List.copyOf(sourceNetworks);
  }

  /** Whether the caller has proved strongly enough who it is. */
  boolean strongEnough(Caller caller) {
    return caller.credential().strength().atLeast(minimumStrength);
  }

  /** Whether the caller calls from one of the networks. */
  boolean fromThere(Caller caller) {
    if (sourceNetworks.isEmpty()) {
      return true;
    }
    byte[] address = Network.bytes(caller.address());
    // By index: an iterator would be made for every decision.
    for (int i = 0; i < sourceNetworks.size(); i++) {
      if (sourceNetworks.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }
}
