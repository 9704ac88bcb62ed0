package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/** Addresses of one /24 or /48 are one network, and no others. */
final class NetworksTest {

  @Test
  void of_ipv4_isTheFirst24Bits() {
    assertEquals(network("192.0.2.1"), network("192.0.2.254"));
    assertNotEquals(network("192.0.2.1"), network("192.0.3.1"));
  }

  @Test
  void of_ipv6_isTheFirst48Bits() {
    assertEquals(network("2001:db8:1::1"), network("2001:db8:1:ffff::2"));
    assertNotEquals(network("2001:db8:1::1"), network("2001:db8:2::1"));
    assertNotEquals(network("::1"), network("0.0.0.1"));
    assertNotEquals(network("::c0:2:0:0:0:0:1"), network("192.0.2.1"));
  }

  @Test
  void of_ipv4WrittenAsIpv6_isIpv4() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = (byte) 192;
    mapped[14] = 2;
    mapped[15] = 9;
    assertEquals(
        network("192.0.2.1"), Networks.of(java.net.Inet6Address.getByAddress("", mapped, 0)));
  }

  private static long network(String literal) {
    return Networks.of(InetAddress.ofLiteral(literal));
  }
}
