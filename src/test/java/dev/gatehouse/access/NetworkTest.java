package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {

  private static Network network(String text) {
    return Network.parse(text).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/8",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0.0/8/8",
        "10.0.0.0/8\n",
        "10.0.0.0\n/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/99999999999",
        "10.0.0.0/1e1",
        "10.0.0.0/\u0668",
        "\u0661\u0660.0.0.0/8",
        "10.0.0/8",
        "10/8",
        "010.0.0.0/8",
        "0x0a.0.0.0/8",
        "167772160/8",
        "256.0.0.0/8",
        "999.999.999.999/0",
        "10.0.0.0.0/8",
        "10.0.0.1/8",
        "11.0.0.0/7",
        "1.2.3.4%eth0/32",
        "::1%lo/128",
        "[::1]/128",
        "fe80::1%1/128",
        "2001:db8::/129",
        "2001:db8::1/64",
        "2001:db8:::/32",
        "2001:db8::1::/128",
        "12345::/16",
        ":/0",
        "::ffff:10.0.0.0/104",
        "::ffff:a00:0/104",
        "::ffff:0:0/96",
        "localhost/32",
        "example.com/24",
        "a.b.c.d/24",
        "dead.beef/16",
        "fe80/16"
      })
  void parse_whatIsNoNetwork_isEmpty(String text) {
    assertEquals(Optional.empty(), Network.parse(text));
  }

  @Test
  void parse_veryLongText_isEmpty() {
    assertEquals(Optional.empty(), Network.parse("1".repeat(1 << 20) + "/8"));
    assertEquals(Optional.empty(), Network.parse(":".repeat(1 << 20) + "/8"));
    assertEquals(Optional.empty(), Network.parse("10.0.0.0/" + "8".repeat(1 << 20)));
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 203.0.113.9, false",
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.128.0.0/9, 10.127.255.255, false",
    "192.0.2.8/29, 192.0.2.15, true",
    "192.0.2.8/29, 192.0.2.16, false",
    "192.0.2.1/32, 192.0.2.1, true",
    "192.0.2.1/32, 192.0.2.0, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "2001:DB8:0:0::1/128, 2001:db8::1, true",
    "::1/128, ::1, true",
    "::1.2.3.4/128, 1.2.3.4, false"
  })
  void contains_address_byItsLeadingBits(String network, String address, boolean inside) {
    assertEquals(inside, network(network).contains(InetAddress.ofLiteral(address)));
  }

  @Test
  void contains_ipv4WrittenAsIpv6_countsAsIpv4() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = 10;
    mapped[15] = 9;
    // With a scope the library keeps it an IPv6 address.
    InetAddress address = Inet6Address.getByAddress("", mapped, 0);
    assertTrue(network("10.0.0.0/8").contains(address));
    assertFalse(network("::/0").contains(address));
    assertTrue(network("10.0.0.0/8").contains(InetAddress.getByAddress(mapped)));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.0.0.0/8, true",
    "10.0.0.0/8, 10.1.0.0/16, true",
    "10.1.0.0/16, 10.0.0.0/8, false",
    "10.0.0.0/8, 11.0.0.0/16, false",
    "0.0.0.0/0, ::/0, false",
    "::/0, 0.0.0.0/0, false",
    "::/0, 2001:db8::/32, true",
    "2001:db8::/32, 2001:db8::/31, false"
  })
  void contains_network_ifAllOfItLiesInside(String outer, String inner, boolean inside) {
    assertEquals(inside, network(outer).contains(network(inner)));
  }

  @Test
  void toString_anyNetwork_isReadAgain() throws UnknownHostException {
    long seed = 20261122;
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
      int prefix = random.nextInt(bytes.length * 8 + 1);
      for (int bit = 0; bit < prefix; bit++) {
        bytes[bit / 8] |= (byte) (random.nextInt(2) << (7 - bit % 8));
      }
      String text = InetAddress.getByAddress(bytes).getHostAddress() + "/" + prefix;
      Network network = network(text);
      assertEquals(network, network(network.toString()), () -> "seed " + seed + ": " + text);
      assertEquals(network.hashCode(), network(network.toString()).hashCode());
      assertTrue(network.contains(InetAddress.getByAddress(bytes)), text);
    }
  }
}
