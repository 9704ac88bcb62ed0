package dev.gatehouse.bench;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;

/**
 * Keeps Netty from logging in the processes of the benchmark.
 *
 * <p>The gateway's log manager, which is on their class path, takes every level until Quarkus
 * configures it, and here nothing does: each HTTP/2 frame would be formatted in hexadecimal and
 * kept, which costs more than the call.
 */
final class Quiet {

  private Quiet() {}

  /** To be called before anything of Netty is used. */
  static void netty() {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }
}
