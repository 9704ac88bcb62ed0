package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How keys are written and read, hostile ones included. */
final class PresentedApiKeyTest {

  private static final long SEED = 2_402;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern FORM =
      Pattern.compile("ghk_[a-z0-9-]{1,63}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}");

  private static String generate(String id) {
    return PresentedApiKey.generate(new ApiKeyId(id), RANDOM).reveal();
  }

  private static PresentedApiKey good(String key) {
    return Objects.requireNonNull(read(key), "this is a good key");
  }

  /** Both ways to read it, which must agree. */
  private static @Nullable PresentedApiKey read(String key) {
    String header = "Bearer " + key;
    PresentedApiKey ofText = PresentedApiKey.read(header);
    PresentedApiKey ofBytes = PresentedApiKey.read(header.getBytes(StandardCharsets.UTF_8));
    assertEquals(ofText == null, ofBytes == null, key);
    return ofText;
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "-", "orders-1", "--------"})
  void generate_anyId_isReadBackAsItWasMade(String id) {
    PresentedApiKey made = PresentedApiKey.generate(new ApiKeyId(id), RANDOM);
    assertTrue(FORM.matcher(made.reveal()).matches(), made.reveal());
    PresentedApiKey read = good(made.reveal());
    assertEquals(id, read.id());
    assertArrayEquals(made.tagged(), read.tagged());
    assertEquals(made.reveal(), read.reveal());
  }

  @Test
  void generate_longestId_isTheLongestKey() {
    String key = generate("x".repeat(63));
    assertEquals(PresentedApiKey.CHARS_MAX, key.length());
    assertNotNull(read(key));
  }

  @Test
  void generate_manyTimes_neverTheSameAndEveryCharacterEverywhere() {
    Set<String> secrets = new HashSet<>();
    Set<Character> first = new HashSet<>();
    Set<Character> last = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      String key = generate("k");
      String secret = key.substring(6, 49);
      secrets.add(secret);
      first.add(secret.charAt(0));
      last.add(secret.charAt(42));
    }
    assertEquals(5_000, secrets.size());
    assertEquals(62, first.size());
    assertEquals(62, last.size(), "no place is short of entropy");
  }

  @Test
  void fingerprint_ofKey_isTheBeginningOfItsSha256() throws Exception {
    String key = generate("k");
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.US_ASCII));
    assertEquals(HexFormat.of().formatHex(digest, 0, 8), good(key).fingerprint());
  }

  @Test
  void toString_ofKey_doesNotShowIt() {
    PresentedApiKey key = PresentedApiKey.generate(new ApiKeyId("k"), RANDOM);
    assertFalse(key.toString().contains(key.reveal().substring(6, 20)));
  }

  @Test
  void claimed_schemeInAnyCase_isAnApiKeyByItsPrefixAlone() {
    for (String header :
        List.of("Bearer ghk_", "bearer ghk_x", "BEARER ghk_" + "x".repeat(9_000))) {
      assertTrue(PresentedApiKey.claimed(header));
      assertTrue(PresentedApiKey.claimed(header.getBytes(StandardCharsets.US_ASCII)));
    }
    for (String header :
        List.of("", "Bearer", "Bearer ", "Bearer gh", "Bearer GHK_x", "Bearer  ghk_x", "ghk_x")) {
      assertFalse(PresentedApiKey.claimed(header), header);
      assertFalse(PresentedApiKey.claimed(header.getBytes(StandardCharsets.US_ASCII)), header);
    }
  }

  @Test
  void read_cutOffOrTooLong_isNoKey() {
    String key = generate("orders");
    for (int length = 0; length < key.length(); length++) {
      assertNull(read(key.substring(0, length)), length + " characters");
      assertNull(read(key.substring(key.length() - length)), length + " last characters");
    }
    assertNull(read(key + "0"));
    assertNull(read(key + " "));
    assertNull(read(" " + key));
    assertNull(read(key + key));
    assertNull(read("ghk_" + "x".repeat(64) + key.substring(10)));
    assertNull(read("ghk_" + "_".repeat(9_000)));
  }

  /** CRC-32 sees every change within 32 bits, so that no typing error passes for another key. */
  @Test
  void read_anyCharacterMistyped_isNoKey() {
    String key = generate("orders-7");
    for (int i = "ghk_".length(); i < key.length(); i++) {
      for (char c = ' '; c < 127; c++) {
        if (c != key.charAt(i)) {
          assertNull(read(key.substring(0, i) + c + key.substring(i + 1)), i + " is " + c);
        }
      }
    }
    for (int i = "ghk_".length(); i + 1 < key.length(); i++) {
      char[] swapped = key.toCharArray();
      swapped[i] = key.charAt(i + 1);
      swapped[i + 1] = key.charAt(i);
      if (!new String(swapped).equals(key)) {
        assertNull(read(new String(swapped)), i + " and the next are swapped");
      }
    }
  }

  @Test
  void read_hostileTexts_areKeysOnlyInTheOneForm() {
    Random random = new Random(SEED);
    String alphabet = "ghk_-09azAZ\u0000é\uFFFD\n =.~";
    int read = 0;
    for (int i = 0; i < 200_000; i++) {
      String text = hostile(random, alphabet);
      PresentedApiKey key = read(text);
      if (key != null) {
        read++;
        assertTrue(FORM.matcher(text).matches(), () -> text + ", seed " + SEED);
        assertEquals(text, key.reveal());
        assertEquals(
            text.substring(0, text.length() - 7),
            new String(key.tagged(), StandardCharsets.US_ASCII));
      }
    }
    assertNotEquals(0, read, "some are good, seed " + SEED);
  }

  /** A good key, or one with some of its parts replaced, moved, or of other characters. */
  private static String hostile(Random random, String alphabet) {
    StringBuilder key = new StringBuilder(generate("k" + random.nextInt(1_000)));
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      int at = random.nextInt(key.length());
      switch (random.nextInt(4)) {
        case 0 -> key.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
        case 1 -> key.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
        case 2 -> key.deleteCharAt(at);
        default -> key.append(key.charAt(at)).deleteCharAt(at);
      }
    }
    return key.toString();
  }
}
