package dev.gatehouse.abuse.traffic;

import java.util.Arrays;

/**
 * Which credentials a caller used lately and from which networks, at most {@link #CREDENTIALS_MAX};
 * beyond them the one not used for longest is forgotten.
 *
 * <p>A credential is shared when two parties use it at the same time: its calls then come from one
 * network and from another in turns. Somebody who moves changes the network once; so {@link
 * #SWITCHES} changes within {@link #SHARING_NANOS} are asked for. State: 56 bytes a place.
 */
final class CredentialUses {

  /** How many credentials of a caller are told apart. */
  static final int CREDENTIALS_MAX = 32;

  /** How many changes of the network make a credential a shared one. */
  static final int SWITCHES = 3;

  /** The time within which they are counted: 10 minutes. */
  static final long SHARING_NANOS = 600_000_000_000L;

  private static final long NEVER = Long.MIN_VALUE / 2;

  private final RecentKeys credentials = new RecentKeys(CREDENTIALS_MAX);
  private final long[] networks = new long[CREDENTIALS_MAX];
  private final long[] switches = new long[CREDENTIALS_MAX * SWITCHES];

  /** Sees a use of {@code credential}, a hash, from {@code network}. */
  void use(long credential, long network, long now) {
    boolean fresh = credentials.see(credential, now);
    int at = credentials.place();
    if (fresh) {
      networks[at] = network;
      Arrays.fill(switches, at * SWITCHES, (at + 1) * SWITCHES, NEVER);
    }
    if (networks[at] != network) {
      networks[at] = network;
      int first = at * SWITCHES;
      System.arraycopy(switches, first, switches, first + 1, SWITCHES - 1);
      switches[first] = now;
    }
  }

  /** How many credentials were used at {@code time} or later; at most {@link #CREDENTIALS_MAX}. */
  int usedSince(long time) {
    return credentials.seenSince(time);
  }

  /** How many credentials are shared at {@code now}. */
  int shared(long now) {
    int count = 0;
    for (int i = 0; i < credentials.size(); i++) {
      if (switches[i * SWITCHES + SWITCHES - 1] > now - SHARING_NANOS) {
        count++;
      }
    }
    return count;
  }
}
