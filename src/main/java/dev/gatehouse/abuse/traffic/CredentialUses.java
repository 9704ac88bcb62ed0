package dev.gatehouse.abuse.traffic;

/**
 * Which credentials a caller used lately and from which networks, at most {@link #CREDENTIALS_MAX};
 * beyond them the one not used for longest is forgotten.
 *
 * <p>A credential is shared when two parties use it at the same time: its calls then come from one
 * network and from another in turns. Somebody who moves changes the network once; so {@link
 * #SWITCHES} changes within {@link #SHARING_NANOS} are asked for. State: 48 bytes a place.
 */
final class CredentialUses {

  /** How many credentials of a caller are told apart. */
  static final int CREDENTIALS_MAX = 32;

  /** How many changes of the network make a credential a shared one. */
  static final int SWITCHES = 3;

  /** The time within which they are counted: 10 minutes. */
  static final long SHARING_NANOS = 600_000_000_000L;

  private static final long NEVER = Long.MIN_VALUE / 2;

  private final long[] credentials = new long[CREDENTIALS_MAX];
  private final long[] seen = new long[CREDENTIALS_MAX];
  private final long[] networks = new long[CREDENTIALS_MAX];
  private final long[] switches = new long[CREDENTIALS_MAX * SWITCHES];
  private int size;
  private int at;

  /** Sees a use of {@code credential}, a hash, from {@code network}. */
  void use(long credential, long network, long now) {
    if (!find(credential)) {
      at = size < CREDENTIALS_MAX ? size++ : oldest();
      credentials[at] = credential;
      networks[at] = network;
      for (int i = 0; i < SWITCHES; i++) {
        switches[at * SWITCHES + i] = NEVER;
      }
    }
    seen[at] = now;
    if (networks[at] != network) {
      networks[at] = network;
      int first = at * SWITCHES;
      System.arraycopy(switches, first, switches, first + 1, SWITCHES - 1);
      switches[first] = now;
    }
  }

  /** How many credentials were used at {@code time} or later; at most {@link #CREDENTIALS_MAX}. */
  int usedSince(long time) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (seen[i] >= time) {
        count++;
      }
    }
    return count;
  }

  /** How many credentials are shared at {@code now}. */
  int shared(long now) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (switches[i * SWITCHES + SWITCHES - 1] > now - SHARING_NANOS) {
        count++;
      }
    }
    return count;
  }

  private boolean find(long credential) {
    if (at < size && credentials[at] == credential) {
      return true;
    }
    for (int i = 0; i < size; i++) {
      if (credentials[i] == credential) {
        at = i;
        return true;
      }
    }
    return false;
  }

  private int oldest() {
    int oldest = 0;
    for (int i = 1; i < size; i++) {
      if (seen[i] < seen[oldest]) {
        oldest = i;
      }
    }
    return oldest;
  }
}
