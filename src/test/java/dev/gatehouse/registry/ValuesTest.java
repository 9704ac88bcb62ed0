package dev.gatehouse.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The room's records and what it reads from callers, without a database. */
class ValuesTest {

  /** FIPS 180-4, the example of one block. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void sha256_ofContent_isThatOfTheStandard() {
    assertEquals(new Sha256(ABC), Sha256.of("abc".getBytes(UTF_8)));
    assertEquals(new Sha256(ABC), Sha256.ofBytes(new Sha256(ABC).bytes()));
    assertEquals(ABC, new Sha256(ABC).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "../16bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adx",
      })
  void sha256_badDigits_throws(String hex) {
    assertThrows(IllegalArgumentException.class, () -> new Sha256(hex));
  }

  @Test
  void sha256_wrongNumberOfBytes_throws() {
    assertThrows(IllegalArgumentException.class, () -> Sha256.ofBytes(new byte[31]));
  }

  @Test
  void deploymentSettings_allOutOfRange_namesEach() {
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                new DeploymentSettings(
                    0, Duration.ofNanos(-1001), 65, Duration.ofHours(2), -1, Long.MAX_VALUE));
    assertEquals(
        List.of(
            "deployment.max_batch_rows",
            "deployment.max_queue_delay",
            "deployment.instances_per_device",
            "deployment.execution_limit",
            "deployment.max_queue_rows",
            "deployment.max_queue_bytes"),
        assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal()).violations().stream()
            .map(Refusal.Violation::field)
            .toList());
  }

  @Test
  void deploymentSettings_queueBelowBatch_isRefused() {
    assertThrows(
        RefusedException.class,
        () -> new DeploymentSettings(8, Duration.ZERO, 1, Duration.ofSeconds(1), 7, 1));
  }

  @Test
  void deploymentSettings_extremes_areTaken() {
    new DeploymentSettings(1, Duration.ZERO, 1, Duration.ofMillis(10), 1, 1);
    DeploymentSettings most =
        new DeploymentSettings(
            65_536, Duration.ofSeconds(10), 64, Duration.ofHours(1), 1 << 20, 1L << 36);
    assertEquals(65_536, most.batchRowsMax());
    assertThrows(
        RefusedException.class,
        () ->
            new DeploymentSettings(1, Duration.ZERO, 1, Duration.ofSeconds(Long.MAX_VALUE), 1, 1));
  }

  @Test
  void registrySettings_outOfRange_throws() {
    assertThrows(IllegalArgumentException.class, () -> new RegistrySettings(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new RegistrySettings(1, 10_001));
  }

  @Test
  void pageRequest_sizes_areBounded() {
    assertEquals(50, read(0, "").size());
    assertEquals(3, read(3, "").size());
    assertEquals(500, read(Integer.MAX_VALUE, "").size());
    assertThrows(RefusedException.class, () -> read(-1, ""));
  }

  @Test
  void pageRequest_ownToken_isReadBack() {
    Page<String> page = read(2, "").page('m', List.of("a", "b", "c"), name -> name);
    assertEquals(List.of("a", "b"), page.items());
    assertEquals("b", read(2, page.nextPageToken()).after());
    assertEquals("", read(2, "").page('m', List.of("a", "b"), name -> name).nextPageToken());
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "=", "a", "bQ", "dmE", "bUE", "bS4uLw", "é", "\0", "bWE====", " "})
  void pageRequest_badToken_isRefused(String token) {
    // "bQ" is "m" without a name, "dmE" is of the versions, "bUE" and "bS4uLw" name no model
    RefusedException refused = assertThrows(RefusedException.class, () -> read(0, token));
    assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal());
  }

  @Test
  void pageRequest_randomToken_isReadOrRefused() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(80)];
      random.nextBytes(bytes);
      String token =
          random.nextBoolean()
              ? Base64.getUrlEncoder().encodeToString(bytes)
              : new String(bytes, UTF_8);
      try {
        String after = read(0, token).after();
        assertEquals(true, after.isEmpty() || ModelName.valid(after), "seed " + seed);
      } catch (RefusedException e) {
        assertInstanceOf(Refusal.ArgumentInvalid.class, e.refusal(), "seed " + seed);
      }
    }
  }

  private static PageRequest read(int size, String token) {
    return PageRequest.read('m', size, token, ModelName::valid);
  }

  @Test
  void failure_longAndUnprintable_isCutAndCleaned() {
    assertEquals("a b c", TextRules.failure("a\nb\0c"));
    String long_ = TextRules.failure("x" + "😀".repeat(600));
    assertEquals(1023, long_.length(), "no half of a character at the end");
    assertArrayEquals(
        long_.codePoints().toArray(), ("x" + "😀".repeat(511)).codePoints().toArray());
  }

  @Test
  void textRules_everyBadText_isNamed() {
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () -> TextRules.check("two\nlines", "nul\0" + "x".repeat(4096), "a b"));
    assertEquals(
        List.of("display_name", "description", "description", "request_id"),
        assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal()).violations().stream()
            .map(Refusal.Violation::field)
            .toList());
    TextRules.check("", "two\nlines\tand a tab", "0e37df36-f698-11e6-8dd4-cb9ced3df976");
    TextRules.check(null, null, null);
  }
}
