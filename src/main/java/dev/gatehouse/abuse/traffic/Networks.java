package dev.gatehouse.abuse.traffic;

import java.net.InetAddress;

/**
 * The network of an address as a number: its first 24 bits of IPv4, its first 48 of IPv6, the
 * smallest that one party is usually given. Different networks have different numbers.
 */
final class Networks {

  private static final int IPV4_BYTES = 4;
  private static final int IPV4_NETWORK_BYTES = 3;
  private static final int IPV6_NETWORK_BYTES = 6;
  private static final long IPV6_MARK = 1L << 48;

  private Networks() {}

  /** The number of the network of {@code address}; IPv4 written as IPv6 counts as IPv4. */
  static long of(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == IPV4_BYTES) {
      return number(bytes, 0, IPV4_NETWORK_BYTES);
    }
    int mapped = bytes.length - IPV4_BYTES;
    if (number(bytes, 0, 8) == 0 && number(bytes, 8, mapped) == 0xffff) {
      return number(bytes, mapped, mapped + IPV4_NETWORK_BYTES);
    }
    return IPV6_MARK | number(bytes, 0, IPV6_NETWORK_BYTES);
  }

  private static long number(byte[] bytes, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = (number << 8) | (bytes[i] & 0xff);
    }
    return number;
  }
}
