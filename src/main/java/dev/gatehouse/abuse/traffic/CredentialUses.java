package dev.gatehouse.abuse.traffic;

import java.util.Arrays;

/**
 * Which credentials a caller used lately and from which networks, at most {@link #CREDENTIALS_MAX};
 * beyond them the one not used for longest is forgotten.
 *
 * <p>A credential is shared when two parties use it at the same time: its calls then come from one
 * network and from another in turns. Somebody who moves changes the network once; so {@link
 * #SWITCHES} changes within {@link #SHARING_NANOS} are asked for. Somebody who is at home in
 * several networks changes between these; so half of the changes lately must be to or from a
 * network that is new to the caller. State: 80 bytes a place.
 */
final class CredentialUses {

  /** How many credentials of a caller are told apart. */
  static final int CREDENTIALS_MAX = 32;

  /** How many changes of the network make a credential a shared one. */
  static final int SWITCHES = 3;

  /** The time within which they are counted: 10 minutes. */
  static final long SHARING_NANOS = 600_000_000_000L;

  /** Changes of the network over which it is judged how many are to or from a new one. */
  private static final int STRANGE_OVER = 64;

  /**
   * As many changes between old networks are taken for granted, so that the first decide little.
   */
  private static final int STRANGE_PRIOR = 3;

  private static final double STRANGE_MIN = 0.5;

  private static final long NEVER = Long.MIN_VALUE / 2;

  private final RecentKeys credentials = new RecentKeys(CREDENTIALS_MAX);
  private final long[] networks = new long[CREDENTIALS_MAX];
  private final long[] switches = new long[CREDENTIALS_MAX * SWITCHES];

  /** Of each credential, whether the network it came from last was new. */
  private final boolean[] fromNew = new boolean[CREDENTIALS_MAX];

  private final int[] changes = new int[CREDENTIALS_MAX];

  /** The part of the changes lately that were to or from a new network. */
  private final double[] strange = new double[CREDENTIALS_MAX];

  /**
   * Sees a use of {@code credential}, a hash, from {@code network}.
   *
   * @param isNew whether the network is new to the caller
   */
  void use(long credential, long network, boolean isNew, long now) {
    boolean fresh = credentials.see(credential, now);
    int at = credentials.place();
    if (fresh) {
      networks[at] = network;
      changes[at] = 0;
      strange[at] = 0;
      Arrays.fill(switches, at * SWITCHES, (at + 1) * SWITCHES, NEVER);
    }
    if (networks[at] != network) {
      networks[at] = network;
      int first = at * SWITCHES;
      System.arraycopy(switches, first, switches, first + 1, SWITCHES - 1);
      switches[first] = now;
      changes[at] = Math.min(changes[at] + 1, STRANGE_OVER);
      strange[at] += ((isNew || fromNew[at] ? 1 : 0) - strange[at]) / (changes[at] + STRANGE_PRIOR);
    }
    fromNew[at] = isNew;
  }

  /** How many credentials were used at {@code time} or later; at most {@link #CREDENTIALS_MAX}. */
  int usedSince(long time) {
    return credentials.seenSince(time);
  }

  /** How many credentials are shared at {@code now}. */
  int shared(long now) {
    int count = 0;
    for (int i = 0; i < credentials.size(); i++) {
      if (switches[i * SWITCHES + SWITCHES - 1] > now - SHARING_NANOS
          && strange[i] >= STRANGE_MIN) {
        count++;
      }
    }
    return count;
  }
}
