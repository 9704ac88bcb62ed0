package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.rules.RuleBook;
import dev.gatehouse.testing.Folders;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigRulesTest {

  private static final String FILE = Folders.project("pom.xml").toString();

  private static final Map<String, String> LEAST =
      Map.of(
          "gatehouse.oidc.issuer", "https://issuer.example/realms/x",
          "gatehouse.oidc.audience", "gatehouse",
          "gatehouse.database.url", "jdbc:postgresql://localhost/x",
          "gatehouse.database.username", "x",
          "gatehouse.database.owner.username", "owner",
          "user.home", "/home/x");

  private static List<String> problems(Map<String, String> settings) {
    return ConfigRules.problems(config(settings));
  }

  private static GatehouseConfig config(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(LEAST);
    all.putAll(settings);
    return builder().withDefaultValues(all).build().getConfigMapping(GatehouseConfig.class);
  }

  private static SmallRyeConfigBuilder builder() {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withMapping(GatehouseConfig.class)
        .withConverter(MemorySize.class, 100, new MemorySizeConverter())
        .withConverter(Duration.class, 100, new DurationConverter());
  }

  @Test
  void problems_ofTheDefaults_areNone() {
    assertEquals(List.of(), problems(Map.of()));
  }

  static Stream<Arguments> outOfRange() {
    return Stream.of(
        Arguments.of("server.message-bytes-max", "63K"),
        Arguments.of("server.metadata-bytes-max", "65K"),
        Arguments.of("server.metadata-bytes-max", "1"),
        Arguments.of("abuse.callers-max", "15"),
        Arguments.of("abuse.pairs-max", "0"),
        Arguments.of("abuse.rows-per-second-max", "99"),
        Arguments.of("abuse.rows-per-second-max", "100001"),
        Arguments.of("abuse.references", "/nowhere/at/all"),
        Arguments.of("server.inbound-bytes-max", "127M"),
        Arguments.of("server.calls-max", "0"),
        Arguments.of("server.calls-per-connection-max", "-1"),
        Arguments.of("server.resets-max", "0"),
        Arguments.of("server.connection-age-max", "9S"),
        Arguments.of("server.connection-age-grace", "0S"),
        Arguments.of("server.connection-idle-max", "0S"),
        Arguments.of("server.keepalive-time", "0S"),
        Arguments.of("server.keepalive-client-min", "0S"),
        Arguments.of("server.drain-timeout", "PT-1S"),
        Arguments.of("server.tls.reload-interval", "59S"),
        Arguments.of("server.host", "0.0.0.0"),
        Arguments.of("server.host", "::"),
        Arguments.of("server.host", "192.0.2.1"),
        Arguments.of("server.port", "65536"),
        Arguments.of("server.port", "-1"),
        Arguments.of("management.port", "65536"),
        Arguments.of("management.port", "8001"),
        Arguments.of("oidc.issuer", "issuer"),
        Arguments.of("oidc.issuer", "file:///etc/passwd"),
        Arguments.of("oidc.issuer", "https://"),
        Arguments.of("oidc.audience", " "),
        Arguments.of("oidc.step-up-acr", "a\"b"),
        Arguments.of("oidc.step-up-acr", "aal 2"),
        Arguments.of("oidc.step-up-age-max", "0S"),
        Arguments.of("oidc.step-up-age-max", "25H"),
        Arguments.of("access.snapshot-refresh", "0S"),
        Arguments.of("access.snapshot-age-max", "2S"),
        Arguments.of("access.tokens-remembered-max", "0"),
        Arguments.of("access.grant-lifetime-max", "1S"),
        Arguments.of("database.url", "jdbc:h2:mem:x"),
        Arguments.of("database.connections-max", "1"),
        Arguments.of("changes.poll-interval", "0.099S"),
        Arguments.of("changes.poll-interval", "61S"),
        Arguments.of("replica.name", " "),
        Arguments.of("replica.name", "x".repeat(64)),
        Arguments.of("engine.devices", "tpu"),
        Arguments.of("engine.intra-op-threads", "0"),
        Arguments.of("engine.inter-op-threads", "1025"),
        Arguments.of("deployment.batch-rows-max", "0"),
        Arguments.of("deployment.instances-per-device", "65"),
        Arguments.of("deployment.queue-rows-max", "31"),
        Arguments.of("deployment.queue-rows-max", "1048577"),
        Arguments.of("deployment.queue-bytes-max", "65G"),
        Arguments.of("deployment.queue-delay-max", "11S"),
        Arguments.of("deployment.execution-limit", "0.009S"),
        Arguments.of("deployment.execution-limit", "61M"),
        Arguments.of("deployment.caller-queue-percent-max", "0"),
        Arguments.of("deployment.latency-objective", "61M"),
        Arguments.of("registry.artifact-bytes-max", "2G"),
        Arguments.of("audit.backlog-max", "15"),
        Arguments.of("audit.commit-interval", "0.101S"),
        Arguments.of("audit.commit-stall-max", "0.009S"),
        Arguments.of("audit.commit-stall-max", "61S"),
        Arguments.of("audit.segment-bytes-max", "4095"),
        Arguments.of("audit.segment-age-max", "0.099S"),
        Arguments.of("audit.anchor-lag-max", "59S"),
        Arguments.of("audit.anchor-lag-max", "49H"),
        Arguments.of("audit.retention", "0S"),
        Arguments.of("audit.input-digest-key-period", "59M"),
        Arguments.of("audit.input-digest-key-period", "367D"),
        Arguments.of("abuse.ceiling-rows-per-second", "19"),
        Arguments.of("abuse.hours", "orders-service MON-FRI"),
        Arguments.of("abuse.hours", "MON-FRI 08:00-18:00 UTC"),
        Arguments.of("abuse.rule-factors.extraction", "0.09"),
        Arguments.of("abuse.rule-factors.row-rate-surge", "100.1"),
        Arguments.of("abuse.rule-factors.denied-ratio", "-1"),
        Arguments.of("abuse.rule-factors.off-hours", "NaN"),
        Arguments.of("abuse.rule-factors.cancel-abuse", "Infinity"),
        Arguments.of("abuse.rules-off", "nonesuch"),
        Arguments.of("abuse.rules-off", "off-hours,metrics-absent"),
        Arguments.of("abuse.rules-off", "daily-burn"),
        Arguments.of("abuse.throttle-rows-per-second", "0"),
        Arguments.of("abuse.throttle-rows-per-second", "1000001"),
        Arguments.of("abuse.response.restriction-duration", "59S"),
        Arguments.of("abuse.response.restriction-duration", "31D"),
        Arguments.of("abuse.response.callers-per-hour-max", "0"),
        Arguments.of("abuse.response.callers-per-hour-max", "1001"),
        Arguments.of("abuse.response.corroboration-window", "9S"),
        Arguments.of("abuse.response.corroboration-window", "25H"),
        Arguments.of("abuse.response.webhook-token", "x".repeat(31)),
        Arguments.of("abuse.response.webhook-token", "x".repeat(31) + " y"),
        Arguments.of("metrics.caller-slots-max", "0"),
        Arguments.of("metrics.caller-model-pairs-max", "100001"));
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void problems_ofOneSetting_nameItAlone(String key, String value) {
    List<String> problems = problems(Map.of("gatehouse." + key, value));
    assertEquals(1, problems.size(), problems.toString());
    assertTrue(problems.getFirst().startsWith("gatehouse." + key + " "), problems.toString());
  }

  @Test
  void rules_tunedWithinBounds_areTaken() {
    Map<String, String> tuned =
        Map.of(
            "gatehouse.abuse.rule-factors.extraction", "0.1",
            "gatehouse.abuse.rule-factors.row-rate-surge", "100",
            "gatehouse.abuse.rules-off", "off-hours, cancel-abuse");
    assertEquals(List.of(), problems(tuned));
    assertEquals(0.1, config(tuned).abuse().ruleFactors().get("extraction"));
    assertEquals(RuleBook.judgedIds(), config(Map.of()).abuse().ruleFactors().keySet());
    assertEquals(Set.of(1d), Set.copyOf(config(Map.of()).abuse().ruleFactors().values()));
  }

  @Test
  void ruleFactors_inTheEnvironment_areNamedLikeAnyOtherKey() {
    GatehouseConfig config =
        builder()
            .withDefaultValues(LEAST)
            .withSources(
                new EnvConfigSource(
                    Map.of("GATEHOUSE_ABUSE_RULE_FACTORS_ROW_RATE_SURGE", "2"), 300))
            .build()
            .getConfigMapping(GatehouseConfig.class);
    assertEquals(2, config.abuse().ruleFactors().get("row-rate-surge"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonesuch=2", "daily-burn=2", "extraction=two", "extraction="})
  void ruleFactors_ofNoRuleOrNoNumber_stopTheStart(String line) {
    String[] parts = line.split("=", 2);
    Map<String, String> settings = Map.of("gatehouse.abuse.rule-factors." + parts[0], parts[1]);
    RuntimeException refused = assertThrows(RuntimeException.class, () -> config(settings));
    String said = String.valueOf(refused.getMessage());
    assertTrue(said.contains("gatehouse.abuse.rule-factors." + parts[0]), said);
  }

  @Test
  void problems_ofManySettings_areAllThere() {
    Map<String, String> all = new HashMap<>();
    outOfRange().forEach(line -> all.put("gatehouse." + line.get()[0], (String) line.get()[1]));
    // Settings that hold each other in check may both be wrong and yet agree.
    assertTrue(problems(all).size() >= all.size() - 4, problems(all).toString());
  }

  @Test
  void tls_halfSetOrWithPlaintext_isContradictory() {
    assertEquals(1, problems(Map.of("gatehouse.server.tls.key", FILE)).size());
    assertEquals(1, problems(Map.of("gatehouse.server.tls.certificate", FILE)).size());
    Map<String, String> both =
        Map.of(
            "gatehouse.server.tls.key", FILE,
            "gatehouse.server.tls.certificate", FILE,
            "gatehouse.server.host", "0.0.0.0");
    assertEquals(List.of(), problems(both));
    Map<String, String> plaintext = new HashMap<>(both);
    plaintext.put("gatehouse.server.plaintext-allowed", "true");
    assertEquals(1, problems(plaintext).size());
    assertEquals(
        List.of(),
        problems(
            Map.of(
                "gatehouse.server.plaintext-allowed", "true",
                "gatehouse.server.host", "0.0.0.0")));
  }

  @Test
  void tls_clientCertificates_needAuthoritiesAndTls() {
    Map<String, String> tls =
        Map.of("gatehouse.server.tls.key", FILE, "gatehouse.server.tls.certificate", FILE);
    for (String wanted : List.of("optional", "required")) {
      Map<String, String> settings = new HashMap<>(tls);
      settings.put("gatehouse.server.tls.client-certificate", wanted);
      assertEquals(1, problems(settings).size(), "no authorities");
      settings.put("gatehouse.server.tls.client-ca", FILE);
      assertEquals(List.of(), problems(settings));
      settings.keySet().removeAll(tls.keySet());
      assertEquals(1, problems(settings).size(), "no TLS");
    }
    Map<String, String> unused = new HashMap<>(tls);
    unused.put("gatehouse.server.tls.client-ca", FILE);
    assertEquals(1, problems(unused).size(), "authorities of nobody");
  }

  @Test
  void tls_filesThatCannotBeRead_areBothNamed() {
    assertEquals(
        2,
        problems(
                Map.of(
                    "gatehouse.server.tls.key", "no-such-key.pem",
                    "gatehouse.server.tls.certificate", "no-such.pem"))
            .size());
  }

  @Test
  void keys_unknown_stopTheStart() {
    assertThrows(
        RuntimeException.class,
        () ->
            new SmallRyeConfigBuilder()
                .withMapping(GatehouseConfig.class)
                .withValidateUnknown(true)
                .withDefaultValues(LEAST)
                .withDefaultValue("gatehouse.server.prot", "1")
                .withConverter(MemorySize.class, 100, new MemorySizeConverter())
                .withConverter(Duration.class, 100, new DurationConverter())
                .build());
  }
}
