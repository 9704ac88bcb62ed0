package dev.gatehouse.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The room's records and what it reads from callers, without a database. */
class ValuesTest {

  /** FIPS 180-4, the example of one block. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private static final DeploymentSettings.Execution EXECUTION =
      DeploymentSettings.Execution.of(1, Duration.ofSeconds(1));

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
    Set<CallerId> many =
        IntStream.range(0, 65).mapToObj(i -> new CallerId("c" + i)).collect(Collectors.toSet());
    assertEquals(
        List.of(
            "deployment.max_batch_rows",
            "deployment.max_queue_delay",
            "deployment.preferred_batch_rows",
            "deployment.allowed_batch_rows",
            "deployment.allowed_batch_rows",
            "deployment.latency_objective",
            "deployment.instances_per_device",
            "deployment.execution_limit",
            "deployment.max_queue_rows",
            "deployment.max_queue_bytes",
            "deployment.max_queue_calls",
            "deployment.max_caller_queue_percent",
            "deployment.canary.percent",
            "deployment.canary.callers"),
        violations(
            new DeploymentSettings.Batching(
                0,
                Duration.ofNanos(-1001),
                List.of(1),
                List.of(2),
                OversizedCalls.SPLIT,
                Duration.ofHours(2)),
            new DeploymentSettings.Queue(-1, Long.MAX_VALUE, -2, 101),
            DeploymentSettings.Execution.of(65, Duration.ofHours(2)),
            new Canary(-1, many)));
  }

  private static List<String> violations(
      DeploymentSettings.Batching batching,
      DeploymentSettings.Queue queue,
      DeploymentSettings.Execution execution,
      Canary canary) {
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () -> new DeploymentSettings(batching, queue, execution, canary));
    return assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal()).violations().stream()
        .map(Refusal.Violation::field)
        .toList();
  }

  private static DeploymentSettings.Batching sizes(List<Integer> preferred, List<Integer> allowed) {
    return new DeploymentSettings.Batching(
        64, Duration.ZERO, preferred, allowed, OversizedCalls.SPLIT, Duration.ZERO);
  }

  private static DeploymentSettings with(
      DeploymentSettings.Batching batching, DeploymentSettings.Queue queue) {
    return new DeploymentSettings(batching, queue, EXECUTION, Canary.NONE);
  }

  @Test
  void deploymentSettings_badSizes_areRefused() {
    DeploymentSettings.Queue queue = DeploymentSettings.Queue.of(64, 1);
    List<Integer> seventeen = IntStream.rangeClosed(1, 17).boxed().toList();
    for (List<Integer> bad :
        List.of(List.of(0), List.of(65), List.of(8, 8), List.of(16, 8), seventeen)) {
      assertEquals(
          List.of("deployment.preferred_batch_rows"),
          violations(sizes(bad, List.of()), queue, EXECUTION, Canary.NONE));
    }
    List<Integer> thirtyThree = IntStream.rangeClosed(32, 64).boxed().toList();
    for (List<Integer> bad :
        List.of(List.of(0, 64), List.of(8, 32), List.of(8, 8, 64), thirtyThree)) {
      assertEquals(
          List.of("deployment.allowed_batch_rows"),
          violations(sizes(List.of(), bad), queue, EXECUTION, Canary.NONE));
    }
    with(sizes(List.of(1, 64), List.of(64)), queue);
  }

  @Test
  void deploymentSettings_queueBelowBatch_isRefused() {
    assertEquals(
        List.of("deployment.max_queue_rows"),
        violations(
            DeploymentSettings.Batching.of(8, Duration.ZERO),
            DeploymentSettings.Queue.of(7, 1),
            EXECUTION,
            Canary.NONE));
  }

  @Test
  void deploymentSettings_extremes_areTaken() {
    DeploymentSettings least =
        new DeploymentSettings(
            DeploymentSettings.Batching.of(1, Duration.ZERO),
            new DeploymentSettings.Queue(1, 1, 0, 1),
            DeploymentSettings.Execution.of(1, Duration.ofMillis(10)),
            new Canary(100, Set.of()));
    assertEquals(1, least.queue().callsMax(), "as rows");
    DeploymentSettings most =
        new DeploymentSettings(
            new DeploymentSettings.Batching(
                65_536,
                Duration.ofSeconds(10),
                List.of(),
                List.of(65_536),
                OversizedCalls.SPLIT,
                Duration.ofHours(1)),
            new DeploymentSettings.Queue(1 << 20, 1L << 36, 1 << 20, 100),
            DeploymentSettings.Execution.of(64, Duration.ofHours(1)),
            Canary.NONE);
    assertEquals(65_536, most.batching().rowsMax());
    assertEquals(1 << 20, most.callRowsMax());
    assertEquals(
        List.of("deployment.execution_limit"),
        violations(
            least.batching(),
            least.queue(),
            DeploymentSettings.Execution.of(1, Duration.ofSeconds(Long.MAX_VALUE)),
            Canary.NONE));
  }

  @Test
  void callRowsMax_splitOrRefused_isTheShareOrTheBatch() {
    DeploymentSettings.Queue queue = new DeploymentSettings.Queue(256, 1, 0, 50);
    assertEquals(128, with(DeploymentSettings.Batching.of(64, Duration.ZERO), queue).callRowsMax());
    assertEquals(
        200,
        with(DeploymentSettings.Batching.of(200, Duration.ZERO), queue).callRowsMax(),
        "never less than a batch");
    assertEquals(
        64,
        with(
                new DeploymentSettings.Batching(
                    64, Duration.ZERO, List.of(), List.of(), OversizedCalls.REFUSE, Duration.ZERO),
                queue)
            .callRowsMax());
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
