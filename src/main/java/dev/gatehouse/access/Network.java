package dev.gatehouse.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses in CIDR notation (RFC 4632, RFC 4291).
 *
 * <p>An IPv4 address written as IPv6 counts as IPv4, so that a dual-stack port changes nothing.
 */
public final class Network {

  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;
  private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9a-fA-F:.]{2,45}");

  private final byte[] address;
  private final int prefixBits;

  private Network(byte[] address, int prefixBits) {
    this.address = address;
    this.prefixBits = prefixBits;
  }

  /**
   * The network of this text, such as {@code 192.0.2.0/24} or {@code 2001:db8::/32}; empty if it is
   * none, names a host, has bits set beyond its prefix, or is IPv4 written as IPv6.
   */
  public static Optional<Network> parse(String text) {
    int slash = text.indexOf('/');
    if (slash <= 0 || !PREFIX.matcher(text.substring(slash + 1)).matches()) {
      return Optional.empty();
    }
    byte[] address = literal(text.substring(0, slash));
    int prefixBits = Integer.parseInt(text.substring(slash + 1));
    if (address == null || prefixBits > address.length * 8) {
      return Optional.empty();
    }
    Network network = new Network(address, prefixBits);
    return network.tailIsZero() ? Optional.of(network) : Optional.empty();
  }

  /**
   * The bytes of an address, or null if the text is none.
   *
   * <p>The library's literals allow more than one form of an IPv4 address, and zones; these are
   * kept out before. Nothing is ever asked of a name server.
   */
  private static byte @Nullable [] literal(String host) {
    boolean six = IPV6.matcher(host).matches();
    if (!six && !IPV4.matcher(host).matches()) {
      return null;
    }
    try {
      byte[] address = InetAddress.ofLiteral(host).getAddress();
      return address.length == (six ? IPV6_BYTES : IPV4_BYTES) ? address : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The bytes of an address; four of them where IPv4 is written as IPv6. */
  static byte[] bytes(InetAddress address) {
    byte[] bytes = address.getAddress();
    return mapped(bytes) ? Arrays.copyOfRange(bytes, IPV6_BYTES - IPV4_BYTES, IPV6_BYTES) : bytes;
  }

  /** Whether this is an IPv4 address written as IPv6 (RFC 4291, section 2.5.5.2). */
  private static boolean mapped(byte[] bytes) {
    if (bytes.length != IPV6_BYTES || bytes[10] != -1 || bytes[11] != -1) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the address lies in it. */
  public boolean contains(InetAddress other) {
    return contains(bytes(other));
  }

  /** Whether every address of {@code other} lies in it. */
  public boolean contains(Network other) {
    return other.prefixBits >= prefixBits && contains(other.address);
  }

  /** Whether the address of these {@link #bytes} lies in it. */
  boolean contains(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    for (int bit = 0; bit < prefixBits; bit += 8) {
      int mask = prefixBits - bit >= 8 ? 0xff : 0xff << (8 - (prefixBits - bit)) & 0xff;
      if (((address[bit / 8] ^ other[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean tailIsZero() {
    for (int bit = prefixBits; bit < address.length * 8; bit++) {
      if ((address[bit / 8] & (0x80 >> (bit % 8))) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Network network
        && prefixBits == network.prefixBits
        && Arrays.equals(address, network.address);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(address) + prefixBits;
  }

  /** Its canonical text, which {@link #parse} reads again. */
  @Override
  public String toString() {
    try {
      return InetAddress.getByAddress(address).getHostAddress() + "/" + prefixBits;
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }
}
