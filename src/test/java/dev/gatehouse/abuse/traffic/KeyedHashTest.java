package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

/** The hash is SipHash-2-4, by the vectors of its authors, and depends on its key. */
final class KeyedHashTest {

  private final KeyedHash hash = new KeyedHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  @Test
  void of_vectorsOfTheAuthors_agrees() {
    assertEquals(0x726fdb47dd0e0e31L, hash.of(""));
    assertEquals(0x0d6c8009d9a94f5aL, hash.of("\u0100"));
    assertEquals(0xcf2794e0277187b7L, hash.of("\u0100\u0302"));
    assertEquals(0xcbc9466e58fee3ceL, hash.of("\u0100\u0302\u0504"));
    assertEquals(0x93f5f5799a932462L, hash.of("\u0100\u0302\u0504\u0706"));
  }

  @Test
  void of_otherKey_isOther() {
    assertNotEquals(hash.of("digits"), new KeyedHash(1, 2).of("digits"));
    // Equal for String.hashCode, which anybody can compute.
    assertNotEquals(hash.of("Aa"), hash.of("BB"));
  }

  @Test
  void of_longText_readsTheFirstCharacters() {
    String text = "x".repeat(KeyedHash.CHARS_MAX);
    assertEquals(hash.of(text), hash.of(text + "y"));
    assertNotEquals(hash.of(text), hash.of(text.substring(1)));
  }
}
