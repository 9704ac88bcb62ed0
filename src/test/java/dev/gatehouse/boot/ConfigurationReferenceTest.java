package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.GeneratedPart;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds docs/configuration.md, and what the README says of it, to {@link GatehouseConfig}. */
final class ConfigurationReferenceTest {

  private static final String PREFIX = "gatehouse";

  /** Such as {@code 64K to 1G}, {@code at least 100 ms}, {@code up to 2147483639}. */
  private static final Pattern RANGE =
      Pattern.compile(
          "(?<from>\\d+ ?\\w*) to (?<to>\\d+\\w*)$"
              + "|at least (?<least>\\d+ ?\\w*)$|up to (?<most>\\d+)$");

  @Test
  void reference_ofEveryKey_isThatOfTheCode() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Group group : groups(PREFIX, GatehouseConfig.class)) {
      lines.addAll(group.lines());
    }
    GeneratedPart.check("docs/configuration.md", lines.subList(0, lines.size() - 1));
  }

  @Test
  void readme_startOfTheGateway_setsEveryRequiredKey() throws IOException {
    String readme = Files.readString(Folders.project("README.md"));
    List<String> missing = new ArrayList<>();
    int required = 0;
    for (Group group : groups(PREFIX, GatehouseConfig.class)) {
      for (Key key : group.keys()) {
        if (key.required()) {
          required++;
          if (!readme.contains(key.variable() + "=")) {
            missing.add(key.name());
          }
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(required > 0);
  }

  /**
   * The start checks what the reference says: each documented bound holds, and the next value not.
   */
  @Test
  void ranges_documented_areThoseEnforced() throws IOException {
    List<String> wrong = new ArrayList<>();
    int ranges = 0;
    for (Group group : groups(PREFIX, GatehouseConfig.class)) {
      for (Key key : group.keys()) {
        for (Range range : key.ranges()) {
          ranges++;
          if (refuses(key, range.last())) {
            wrong.add(key.name() + " refuses " + range.last());
          }
          if (range.beyond() >= 0 && !refuses(key, range.beyond())) {
            wrong.add(key.name() + " takes " + range.beyond());
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(ranges > 20, "only " + ranges + " ranges found");
  }

  private static boolean refuses(Key key, long value) {
    Map<String, String> settings = new HashMap<>();
    settings.put("gatehouse.oidc.issuer", "https://id.example.org");
    settings.put("gatehouse.oidc.audience", "gatehouse");
    settings.put("gatehouse.database.url", "jdbc:postgresql://db.example.org/gatehouse");
    settings.put("gatehouse.database.username", "gatehouse");
    settings.put("gatehouse.database.owner.username", "gatehouse-owner");
    settings.put("gatehouse.engine.native-cache", "native");
    settings.put("gatehouse.deployment.batch-rows-max", "1"); // queues hold at least a batch
    settings.put(key.name(), value + (key.type() == Duration.class ? "ms" : ""));
    GatehouseConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(GatehouseConfig.class)
            .withSources(new PropertiesConfigSource(settings, "test", 1))
            .build()
            .getConfigMapping(GatehouseConfig.class);
    return ConfigRules.problems(config).stream()
        .anyMatch(problem -> problem.startsWith(key.name() + " "));
  }

  /** Whether a setting of that type is a group of others. */
  private static boolean isGroup(Class<?> type) {
    return type.isInterface() && type.getPackage().equals(GatehouseConfig.class.getPackage());
  }

  /** The groups of {@code type} and below, each group before those within it. */
  private static List<Group> groups(String name, Class<?> type) throws IOException {
    List<Key> keys = new ArrayList<>();
    List<Group> inner = new ArrayList<>();
    for (Method method : declared(type)) {
      String path = name + "." + kebab(method.getName());
      if (isGroup(method.getReturnType())) {
        inner.addAll(groups(path, method.getReturnType()));
      } else {
        boolean many = method.getReturnType() == Map.class;
        keys.add(new Key(many ? path + ".<rule>" : path, method));
      }
    }
    List<Group> groups = new ArrayList<>();
    if (!keys.isEmpty()) {
      groups.add(new Group(name, keys));
    }
    groups.addAll(inner);
    return groups;
  }

  /** In the order of the source, which reflection does not promise to keep. */
  private static List<Method> declared(Class<?> type) throws IOException {
    List<String> order;
    try (InputStream in =
        type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
      assertNotNull(in, type.getName());
      order =
          ClassFile.of().parse(in.readAllBytes()).methods().stream()
              .map(MethodModel::methodName)
              .map(name -> name.stringValue())
              .toList();
    }
    List<Method> methods = new ArrayList<>(List.of(type.getDeclaredMethods()));
    methods.sort(Comparator.comparingInt(method -> order.indexOf(method.getName())));
    return methods;
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /**
   * One end of a range.
   *
   * @param last the last value within
   * @param beyond the first value beyond
   */
  private record Range(long last, long beyond) {}

  /** A section of the reference. */
  private record Group(String name, List<Key> keys) {
    List<String> lines() {
      List<String> lines = new ArrayList<>();
      lines.add("### " + name);
      lines.add("");
      lines.add("| key | meaning | unit or form | default |");
      lines.add("|---|---|---|---|");
      keys.forEach(key -> lines.add(key.line()));
      lines.add("");
      return lines;
    }
  }

  /** A setting. */
  private record Key(String name, Method method) {

    boolean required() {
      return method.getAnnotation(WithDefault.class) == null
          && method.getReturnType() != Optional.class;
    }

    Class<?> type() {
      return method.getReturnType();
    }

    /** The ends of the range that the reference gives, none if it gives none. */
    List<Range> ranges() {
      Setting setting = method.getAnnotation(Setting.class);
      assertNotNull(setting, name + " is not documented");
      Matcher range = RANGE.matcher(setting.unit());
      List<Range> ranges = new ArrayList<>();
      if (range.find()) {
        for (String least : given(range.group("from"), range.group("least"))) {
          ranges.add(new Range(number(least), number(least) - 1));
        }
        for (String most : given(range.group("to"), range.group("most"))) {
          ranges.add(new Range(number(most), number(most) + 1));
        }
      }
      return ranges;
    }

    private static List<String> given(String... groups) {
      return Arrays.stream(groups).filter(Objects::nonNull).toList();
    }

    /** In bytes or milliseconds, or as it stands. */
    private static long number(String text) {
      long value = Long.parseLong(text.replaceAll("\\D", ""));
      return switch (text.replaceAll("[\\d ]", "")) {
        case "K" -> value << 10;
        case "G" -> value << 30;
        case "S" -> value * 1_000;
        case "H" -> value * 3_600_000;
        case "D" -> value * 86_400_000;
        case "", "ms" -> value;
        default -> throw new AssertionError("not a number: " + text);
      };
    }

    /** The environment variable that sets it. */
    String variable() {
      return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    String line() {
      Setting setting = method.getAnnotation(Setting.class);
      assertNotNull(setting, name + " is not documented");
      WithDefault byDefault = method.getAnnotation(WithDefault.class);
      String shown = byDefault == null ? setting.unset() : "`" + byDefault.value() + "`";
      assertTrue(!shown.isBlank(), name + " does not say what holds when it is not set");
      return "| `%s` | %s | %s | %s |".formatted(name, setting.value(), setting.unit(), shown);
    }
  }
}
