package dev.gatehouse;

import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.core.domain.JavaModifier.STATIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.gatehouse.core.SystemTime;
import jakarta.persistence.Entity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/**
 * The walls of docs/adr/0001-rooms.md, as rules over compiled classes. With each rule come sources
 * that break it.
 */
enum HouseRule {
  /** A room knows only rooms of lower levels. */
  LEVELS_ONLY_DOWNWARDS(
      eachClass("know only rooms of lower levels", HouseRule::checkLevel),
      """
      package dev.gatehouse.core; class Wrong { dev.gatehouse.access.Callers callers; }
      """,
      """
      package dev.gatehouse.engine; class Wrong { dev.gatehouse.scheduling.Batcher<?, ?> peer; }
      """,
      """
      package dev.gatehouse.utilities; class Wrong {}
      """),

  /** What belongs to one room is not touched by others. */
  LIBRARIES_IN_THEIR_ROOM(
      eachClass("touch only the libraries of their room", HouseRule::checkLibraries),
      """
      package dev.gatehouse.serving; class Wrong { ai.djl.Device device; }
      """,
      """
      package dev.gatehouse.access; class Wrong { com.google.crypto.tink.Mac mac; }
      """,
      """
      package dev.gatehouse.serving; class Wrong { io.micrometer.core.instrument.Counter counter; }
      """,
      """
      package dev.gatehouse.boot; class Wrong { io.micrometer.core.instrument.Counter counter; }
      """,
      """
      package dev.gatehouse.serving; class Wrong { io.grpc.Status status; }
      """,
      """
      package dev.gatehouse.boot; class Wrong { io.opentelemetry.api.trace.Span span; }
      """,
      """
      package dev.gatehouse.access; class Wrong { com.google.protobuf.ByteString bytes; }
      """,
      """
      package dev.gatehouse.serving; class Wrong { dev.gatehouse.stubs.inference.ModelConfig c; }
      """,
      """
      package dev.gatehouse.edge; class Wrong { io.quarkus.oidc.TenantConfigResolver resolver; }
      """,
      """
      package dev.gatehouse.serving; class Wrong { io.github.bucket4j.Bucket bucket; }
      """,
      """
      package dev.gatehouse.serving; class Wrong { org.keycloak.admin.client.Keycloak keycloak; }
      """,
      """
      package dev.gatehouse.serving;
      interface Wrong extends io.quarkus.hibernate.orm.panache.PanacheRepository<String> {}
      """,
      """
      package dev.gatehouse.edge;
      @io.smallrye.config.ConfigMapping(prefix = "edge") interface Wrong {}
      """,
      """
      package dev.gatehouse.registry; class Wrong { java.util.zip.ZipFile archive; }
      """,
      """
      package dev.gatehouse.registry; class Wrong { org.postgresql.PGNotification told; }
      """,
      """
      package dev.gatehouse.audit; class Wrong { picocli.CommandLine line; }
      """,
      """
      package dev.gatehouse.audit; class Wrong { me.tongfei.progressbar.ProgressBar bar; }
      """),

  /** Rooms that are plain objects stay so. */
  PLAIN_ROOMS_WITHOUT_FRAMEWORK(
      eachClass("know no framework in plain rooms", HouseRule::checkPlain),
      """
      package dev.gatehouse.engine; @jakarta.inject.Singleton class Wrong {}
      """,
      """
      package dev.gatehouse.scheduling; class Wrong { io.quarkus.runtime.StartupEvent event; }
      """,
      """
      package dev.gatehouse.keys; @jakarta.inject.Singleton class Wrong {}
      """),

  /** Nothing but {@link SystemTime} reads the machine's clocks. */
  CLOCKS_ONLY_IN_CORE(
      eachClass("not read the machine's clocks", HouseRule::checkClock),
      """
      package dev.gatehouse.serving; class Wrong { long now() { return System.nanoTime(); } }
      """,
      """
      package dev.gatehouse.core; class Wrong { long now() { return System.currentTimeMillis(); } }
      """,
      """
      package dev.gatehouse.edge;
      class Wrong { java.util.function.LongSupplier clock = System::nanoTime; }
      """,
      """
      package dev.gatehouse.access; class Wrong { Object now() { return java.time.Instant.now(); } }
      """,
      """
      package dev.gatehouse.access; class Wrong { Object c() { return java.time.Clock.systemUTC(); } }
      """,
      """
      package dev.gatehouse.audit;
      class Wrong { Object now() { return java.time.LocalDateTime.now(); } }
      """,
      """
      package dev.gatehouse.audit; class Wrong { Object now() { return new java.util.Date(); } }
      """),

  /** Entities are known in their package only. */
  ENTITIES_STAY_HOME(
      eachClass("not show an entity", HouseRule::checkEntity),
      """
      package dev.gatehouse.registry; @jakarta.persistence.Entity public class Wrong {}
      """,
      """
      package dev.gatehouse.registry;
      public class Wrong {
        public Row row() { return null; }
        @jakarta.persistence.Entity static class Row {}
      }
      """),

  /** What an object needs is given to its constructor. */
  NO_FIELD_INJECTION(
      fields()
          .should()
          .notBeAnnotatedWith("jakarta.inject.Inject")
          .andShould()
          .notBeAnnotatedWith("org.eclipse.microprofile.config.inject.ConfigProperty")
          .andShould()
          .notBeAnnotatedWith("jakarta.persistence.PersistenceContext"),
      """
      package dev.gatehouse.serving; class Wrong { @jakarta.inject.Inject String name; }
      """),

  /** State belongs to an object. */
  NO_MUTABLE_STATICS(
      eachClass("have no mutable static state", HouseRule::checkStatics),
      """
      package dev.gatehouse.serving; class Wrong { static int calls; }
      """,
      """
      package dev.gatehouse.serving;
      class Wrong { static final java.util.concurrent.atomic.AtomicInteger C = null; }
      """),

  /** A class is named after what it is. */
  NAMES_SAY_SOMETHING(
      eachClass("be named after what they are", HouseRule::checkName),
      """
      package dev.gatehouse.serving; class StringUtils {}
      """,
      """
      package dev.gatehouse.serving; class ModelManager {}
      """,
      """
      package dev.gatehouse.core.impl; class Wrong {}
      """),

  /** Every package says what it owns, and is checked for nulls. */
  PACKAGES_ARE_DESCRIBED(
      eachClass(
          "lie in a package with a package-info that is @NullMarked", HouseRule::checkPackage),
      """
      package dev.gatehouse.serving; class Wrong {}
      """,
      """
      @Deprecated package dev.gatehouse.serving;
      """);

  /** The rooms there are; a room that is added here takes its level from DESIGN. */
  static final Map<String, Integer> LEVELS =
      Map.ofEntries(
          Map.entry("core", 0),
          Map.entry("keys", 0),
          Map.entry("scheduling", 1),
          Map.entry("engine", 1),
          Map.entry("torchscript", 1),
          Map.entry("audit", 1),
          Map.entry("metrics", 1),
          Map.entry("changes", 1),
          Map.entry("registry", 2),
          Map.entry("access", 2),
          Map.entry("abuse", 2),
          Map.entry("serving", 3),
          Map.entry("edge", 4),
          Map.entry("boot", 5),
          Map.entry("cli", 5));

  /** Everything but what is generated from the protobuf files. */
  static final DescribedPredicate<JavaClass> WRITTEN_BY_US =
      DescribedPredicate.describe(
          "written by us", type -> !type.getPackageName().startsWith("dev.gatehouse.stubs"));

  private static final String ROOT = "dev.gatehouse.";

  /** Packages, by the beginning of their names, and the only rooms that may touch them. */
  private static final Map<String, Set<String>> LIBRARIES =
      Map.ofEntries(
          Map.entry("ai.djl.", Set.of("engine")),
          Map.entry("com.google.crypto.tink.", Set.of("keys")),
          Map.entry("java.util.zip.Zip", Set.of("torchscript")),
          Map.entry("java.util.jar.", Set.of("torchscript")),
          Map.entry("io.micrometer.", Set.of("metrics")),
          Map.entry("io.quarkus.oidc.", Set.of("access")),
          Map.entry("io.github.bucket4j.", Set.of("access")),
          Map.entry("io.quarkus.hibernate.", Set.of("registry", "access")),
          Map.entry("jakarta.persistence.", Set.of("registry", "access")),
          Map.entry("io.grpc.", Set.of("edge", "cli")),
          Map.entry("io.opentelemetry.", Set.of("edge")),
          Map.entry("io.netty.", Set.of("edge")),
          Map.entry("jakarta.ws.rs.", Set.of("edge", "access")),
          Map.entry("org.keycloak.", Set.of("access")),
          Map.entry("com.google.protobuf.", Set.of("edge", "cli")),
          Map.entry("com.google.rpc.", Set.of("edge")),
          Map.entry("grpc.health.", Set.of("edge")),
          Map.entry(ROOT + "stubs.", Set.of("edge", "cli")),
          Map.entry("io.smallrye.config.", Set.of("boot")),
          Map.entry("org.eclipse.microprofile.config.", Set.of("boot")),
          Map.entry("org.flywaydb.", Set.of("boot")),
          Map.entry("picocli.", Set.of("cli")),
          Map.entry("me.tongfei.", Set.of("cli")),
          Map.entry("org.postgresql.", Set.of("changes", "cli")));

  /** What boot hands on to the room that owns it. */
  private static final Map<String, String> HANDED_ON =
      Map.of("io.micrometer.core.instrument.MeterRegistry", "boot");

  private static final Set<String> PLAIN_ROOMS =
      Set.of("core", "keys", "scheduling", "engine", "torchscript", "changes", "cli");

  private static final List<String> FRAMEWORKS = List.of("io.quarkus.", "io.smallrye.", "jakarta.");

  /** A native library cannot be unloaded: it belongs to the process and not to an object. */
  private static final Set<String> STATICS_ALLOWED = Set.of("dev.gatehouse.engine.LibTorch.loaded");

  private static final Predicate<String> MUTABLE_TYPE =
      Pattern.compile(
              "java\\.util\\.concurrent\\.(atomic\\.(?!.*FieldUpdater).*|Concurrent.*|.*Queue|.*Deque)"
                  + "|java\\.util\\.(ArrayList|HashMap|TreeMap|LinkedHashMap|HashSet|ArrayDeque)"
                  + "|java\\.lang\\.(ThreadLocal|StringBuilder)")
          .asMatchPredicate();

  private static final Predicate<String> EMPTY_NAME =
      Pattern.compile(".*(Utils?|Manager|Helper|Impl|Dto|DTO|Common)").asMatchPredicate();

  private static final Predicate<String> EMPTY_PACKAGE =
      Pattern.compile(".*\\.(utils?|common|impl|helpers?|dto|misc)(\\..*)?").asMatchPredicate();

  private final ArchRule rule;
  private final List<String> violations;

  HouseRule(ArchRule rule, String... violations) {
    this.rule = rule;
    this.violations = List.of(violations);
  }

  ArchRule rule() {
    return rule;
  }

  /** Sources each of which breaks the rule. */
  List<String> violations() {
    return violations;
  }

  /** The room a class is in, or an empty text if it is in none. */
  static String room(JavaClass type) {
    String name = type.getPackageName() + ".";
    return name.startsWith(ROOT) ? name.substring(ROOT.length()).replaceFirst("\\..*", "") : "";
  }

  /** Says what is wrong with a class. */
  @FunctionalInterface
  private interface Problems {
    void say(String problem);
  }

  private static ArchRule eachClass(String should, BiConsumer<JavaClass, Problems> check) {
    return classes()
        .should(
            new ArchCondition<JavaClass>(should) {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                check.accept(
                    type,
                    problem ->
                        events.add(
                            SimpleConditionEvent.violated(type, type.getName() + " " + problem)));
              }
            });
  }

  private static void checkLevel(JavaClass type, Problems problems) {
    Integer level = LEVELS.get(room(type));
    if (level == null) {
      problems.say("is in no room of the table");
      return;
    }
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      JavaClass target = dependency.getTargetClass().getBaseComponentType();
      if (!target.getPackageName().startsWith("dev.gatehouse")
          || !WRITTEN_BY_US.test(target)
          || room(target).equals(room(type))) {
        continue;
      }
      Integer below = LEVELS.get(room(target));
      if (below == null || below >= level) {
        problems.say("knows " + target.getName() + ": " + dependency.getDescription());
      }
    }
  }

  private static void checkLibraries(JavaClass type, Problems problems) {
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      String target = dependency.getTargetClass().getBaseComponentType().getName();
      if (room(type).equals(HANDED_ON.get(target))) {
        continue;
      }
      LIBRARIES.forEach(
          (prefix, rooms) -> {
            if (target.startsWith(prefix) && !rooms.contains(room(type))) {
              problems.say("touches " + target + ", which only " + rooms + " may");
            }
          });
    }
  }

  private static void checkPlain(JavaClass type, Problems problems) {
    if (!PLAIN_ROOMS.contains(room(type))) {
      return;
    }
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      String target = dependency.getTargetClass().getName();
      if (FRAMEWORKS.stream().anyMatch(target::startsWith)) {
        problems.say("knows " + target);
      }
    }
  }

  private static void checkClock(JavaClass type, Problems problems) {
    if (type.getName().equals(SystemTime.class.getName())) {
      return;
    }
    for (JavaAccess<?> access : type.getAccessesFromSelf()) {
      if (readsClock(access)) {
        problems.say("reads a clock: " + access.getDescription());
      }
    }
  }

  private static boolean readsClock(JavaAccess<?> access) {
    String name = access.getTarget().getName();
    return switch (access.getTargetOwner().getName()) {
      case "java.lang.System" -> name.equals("nanoTime") || name.equals("currentTimeMillis");
      case "java.time.Clock", "java.time.InstantSource" ->
          name.startsWith("system") || name.startsWith("tick");
      case "java.util.Date" -> access.getDescription().contains("java.util.Date.<init>()");
      case "java.util.Calendar" -> name.equals("getInstance");
      default ->
          name.equals("now") && access.getTargetOwner().getPackageName().startsWith("java.time");
    };
  }

  private static void checkEntity(JavaClass type, Problems problems) {
    if (type.isAnnotatedWith(Entity.class) && type.getModifiers().contains(PUBLIC)) {
      problems.say("is a public entity");
    }
    if (!type.getModifiers().contains(PUBLIC)) {
      return;
    }
    for (JavaMethod method : type.getMethods()) {
      if (method.getModifiers().contains(PUBLIC)
          && Stream.concat(
                  Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
              .anyMatch(shown -> shown.isAnnotatedWith(Entity.class))) {
        problems.say("shows an entity: " + method.getName());
      }
    }
  }

  private static void checkStatics(JavaClass type, Problems problems) {
    for (JavaField field : type.getFields()) {
      boolean mutable =
          !field.getModifiers().contains(FINAL) || MUTABLE_TYPE.test(field.getRawType().getName());
      if (field.getModifiers().contains(STATIC)
          && mutable
          && !STATICS_ALLOWED.contains(field.getFullName())) {
        problems.say("has mutable static state: " + field.getName());
      }
    }
  }

  private static void checkName(JavaClass type, Problems problems) {
    if (EMPTY_NAME.test(type.getSimpleName()) || EMPTY_PACKAGE.test(type.getPackageName())) {
      problems.say("has a name that says nothing");
    }
  }

  private static void checkPackage(JavaClass type, Problems problems) {
    boolean described =
        type.getPackage()
            .tryGetPackageInfo()
            .filter(info -> info.isAnnotatedWith(NullMarked.class))
            .isPresent();
    if (!described) {
      problems.say("lies in a package without a package-info that is @NullMarked");
    }
  }
}
