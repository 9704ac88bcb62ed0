package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Free ports of the loopback address, below those that systems give to connections and to whoever
 * asks for any: between the choice of a port and its use, none of them takes it.
 */
public final class Ports {

  private static final int TRIES_MAX = 1_000;

  private static final int FIRST = 15_000;

  /** The first that Linux gives to connections; others begin higher. */
  private static final int END = 32_768;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Ports given out by this virtual machine, so that two servers started at once get two. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private Ports() {}

  /** A port on which nothing listened a moment ago, and which was not given out before. */
  public static int free() {
    for (int tries = 0; tries < TRIES_MAX; tries++) {
      int port = RANDOM.nextInt(FIRST, END);
      if (unused(port) && GIVEN.add(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port that was not given out before");
  }

  private static boolean unused(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (BindException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("no free port", e);
    }
  }
}
