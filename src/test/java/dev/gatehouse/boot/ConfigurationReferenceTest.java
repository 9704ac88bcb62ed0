package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.GeneratedPart;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Holds docs/configuration.md, and what the README says of it, to {@link GatehouseConfig}. */
final class ConfigurationReferenceTest {

  private static final String PREFIX = "gatehouse";

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

  /** The groups of {@code type} and below, each group before those within it. */
  private static List<Group> groups(String name, Class<?> type) throws IOException {
    List<Key> keys = new ArrayList<>();
    List<Group> inner = new ArrayList<>();
    for (Method method : declared(type)) {
      String path = name + "." + kebab(method.getName());
      if (GatehouseConfig.class.equals(method.getReturnType().getEnclosingClass())) {
        inner.addAll(groups(path, method.getReturnType()));
      } else {
        keys.add(new Key(path, method));
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
