package dev.gatehouse.access;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.List;
import java.util.Map;

/** This room alone with a real PostgreSQL and an issuer: no other room's beans, no port. */
public class AccessProfile implements QuarkusTestProfile {

  @Override
  public Map<String, String> getConfigOverrides() {
    return Map.of(
        "quarkus.management.enabled",
        "false",
        "quarkus.arc.exclude-types",
        "dev.gatehouse.boot.**,dev.gatehouse.registry.**");
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(AccessTestResource.class));
  }
}
